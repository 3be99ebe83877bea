import { joinedPieces } from './joined-pieces';

const LARGE = Buffer.alloc(64 * 1024, 'x');

async function joined(...pieces: (string | Buffer)[]): Promise<Buffer[]> {
  async function* given(): AsyncGenerator<string | Buffer> {
    for (const piece of pieces) yield await Promise.resolve(piece);
  }
  const all: Buffer[] = [];
  for await (const piece of joinedPieces(given())) all.push(piece);
  return all;
}

it('makes one of small pieces, in UTF-8', async () => {
  expect(await joined('a', Buffer.from('b'), 'ü')).toEqual([Buffer.from('abü')]);
});

it('ends a piece when it is large enough', async () => {
  expect(await joined('a', LARGE, 'b', 'c')).toEqual([
    Buffer.concat([Buffer.from('a'), LARGE]),
    Buffer.from('bc'),
  ]);
});

it('copies no piece that is large by itself', async () => {
  const [first, second] = await joined(LARGE, LARGE);
  expect(first).toBe(LARGE);
  expect(second).toBe(LARGE);
});

it('makes nothing of nothing', async () => {
  expect(await joined()).toEqual([]);
  expect(await joined('', '')).toEqual([]);
});
