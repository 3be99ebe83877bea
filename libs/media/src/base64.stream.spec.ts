import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

import { base64Chunks } from './base64.stream';

async function textOf(chunks: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const piece of base64Chunks(Readable.from(chunks))) text += piece.toString();
  return text;
}

function* cut(bytes: Buffer, size: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
  }
}

describe('base64Chunks', () => {
  const sizes = [0, 1, 2, 3, 4, 5, 6, 7, 62, 63, 64, 65, 66, 67];

  it.each(sizes)(
    'gives the base64 of the whole for %i bytes, however they are cut',
    async (size) => {
      const bytes = randomBytes(size);
      for (const chunk of [1, 2, 3, 4, 5, 21, 63, 64, 65, 100]) {
        expect(await textOf(cut(bytes, chunk))).toBe(bytes.toString('base64'));
      }
    },
  );

  it('copes with chunks of every size in one stream, empty ones too', async () => {
    const bytes = randomBytes(300);
    const chunks = [];
    for (let start = 0, size = 0; start < bytes.length; start += size, size = (size + 1) % 8) {
      chunks.push(bytes.subarray(start, Math.min(start + size, bytes.length)));
    }
    expect(await textOf(chunks)).toBe(bytes.toString('base64'));
  });

  it('holds back no more than the two bytes that do not fill a group', async () => {
    const pieces = base64Chunks(Readable.from([Buffer.from('abcde'), Buffer.from('fgh')]));
    expect(await pieces.next()).toEqual({ done: false, value: Buffer.from('YWJj') });
    expect(await pieces.next()).toEqual({ done: false, value: Buffer.from('ZGVm') });
    expect(await pieces.next()).toEqual({ done: false, value: Buffer.from('Z2g=') });
    expect(await pieces.next()).toEqual({ done: true, value: undefined });
  });

  it('fails when the stream fails, after what was read', async () => {
    function* breaking(): Generator<Buffer> {
      yield Buffer.from('abc');
      throw new Error('disk is gone');
    }
    const pieces = base64Chunks(Readable.from(breaking(), { highWaterMark: 1 }));
    await expect(
      (async () => {
        for await (const piece of pieces) expect(piece.toString()).toBe('YWJj');
      })(),
    ).rejects.toThrow('disk is gone');
  });

  it('lets go of the stream when nobody wants the rest', async () => {
    const source = Readable.from([Buffer.from('abc'), Buffer.from('def'), Buffer.from('ghi')]);
    for await (const piece of base64Chunks(source)) {
      expect(piece.toString()).toBe('YWJj');
      break;
    }
    expect(source.destroyed).toBe(true);
  });
});
