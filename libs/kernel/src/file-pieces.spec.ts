import { randomBytes } from 'node:crypto';
import { fstatSync, openSync } from 'node:fs';
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';

import { FilePieces } from './file-pieces';
import { giveBack } from './reused-memory';

const BYTES = randomBytes(1_000_000);

let dir: string;
let path: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'file-pieces-'));
  path = join(dir, 'file');
  await writeFile(path, BYTES);
});

afterEach(() => rm(dir, { recursive: true }));

/** What is in the file, copied piece by piece; each is given back before the next is asked for. */
async function read(pieces: FilePieces): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const piece of pieces as AsyncIterable<Buffer>) {
    copies.push(Buffer.from(piece));
    giveBack(piece);
  }
  return Buffer.concat(copies);
}

function isOpen(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}

it.each([
  ['a path', () => path],
  ['a descriptor', () => openSync(path, 'r')],
  ['a handle', () => open(path)],
])('reads all of a file by %s', async (_by, opened) => {
  expect(await read(new FilePieces(await opened()))).toEqual(BYTES);
});

it.each([1, 4096, 130_000, 1_000_000, 3_000_000].map((pieceBytes) => [pieceBytes] as const))(
  'reads all of it in pieces of %i bytes',
  async (pieceBytes) => {
    const part = pieceBytes === 1 ? BYTES.subarray(0, 100) : BYTES;
    await writeFile(path, part);
    expect(await read(new FilePieces(path, { pieceBytes }))).toEqual(part);
  },
);

it.each([
  [0, 0],
  [10, 20],
  [393_215, 393_216],
  [999_999, 999_999],
  [500_000, 2_000_000],
  [1_000_000, undefined],
])('reads from %i to %s', async (start, end) => {
  const expected = BYTES.subarray(start, end === undefined ? undefined : end + 1);
  expect(await read(new FilePieces(path, { start, end }))).toEqual(expected);
});

it('gives whole what many read at once, whatever of their memory is used again', async () => {
  const files = await Promise.all(Array.from({ length: 6 }, () => read(new FilePieces(path))));
  for (const file of files) expect(file.equals(BYTES)).toBe(true);
});

it('ends where a file ends that has become shorter', async () => {
  const pieces = new FilePieces(path, { end: 999_999 });
  await truncate(path, 1000);
  expect(await read(pieces)).toEqual(BYTES.subarray(0, 1000));
});

it('closes the file when it was read, and when nobody wants the rest', async () => {
  const whole = openSync(path, 'r');
  await read(new FilePieces(whole));
  expect(isOpen(whole)).toBe(false);

  const handle = await open(path);
  const broken = new FilePieces(handle);
  broken.once('data', () => broken.destroy());
  await finished(broken).catch(() => undefined);
  expect(handle.fd).toBe(-1);
});

it('does not close a file under a read that is under way', async () => {
  const descriptor = openSync(path, 'r');
  const pieces = new FilePieces(descriptor);
  pieces.read(0);
  await new Promise((resolve) => process.nextTick(resolve));
  pieces.destroy();
  expect(isOpen(descriptor)).toBe(true);
  await finished(pieces).catch(() => undefined);
  expect(isOpen(descriptor)).toBe(false);
});

it('fails when there is no such file', async () => {
  await expect(read(new FilePieces(join(dir, 'none')))).rejects.toMatchObject({ code: 'ENOENT' });
});

it('fails when it cannot be read', async () => {
  await expect(read(new FilePieces(dir))).rejects.toMatchObject({ code: 'EISDIR' });
});
