import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { writeNewFile } from './new-file';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'new-file-'));
});

afterEach(() => rm(dir, { recursive: true }));

it('writes what comes', async () => {
  const path = join(dir, 'whole');
  await writeNewFile(path, (file) => pipeline(Readable.from(['a', 'b']), file));
  expect(await readFile(path, 'utf8')).toBe('ab');
});

it('leaves a file alone that is there already', async () => {
  const path = join(dir, 'old');
  await writeFile(path, 'mine');
  const second = writeNewFile(path, (file) => pipeline(Readable.from(['yours']), file));
  await expect(second).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await readFile(path, 'utf8')).toBe('mine');
});

it('leaves nothing of one that breaks off in the middle', async () => {
  const bytes = new PassThrough();
  const writing = writeNewFile(join(dir, 'half'), (file) => pipeline(bytes, file));
  bytes.write('half');
  setImmediate(() => bytes.destroy(new Error('gone')));
  await expect(writing).rejects.toThrow('gone');
  expect(await readdir(dir)).toEqual([]);
});

it('leaves nothing of one that breaks off before it is open', async () => {
  const writing = writeNewFile(join(dir, 'early'), (file) => {
    expect(file.pending).toBe(true);
    return Promise.reject(new Error('gone'));
  });
  await expect(writing).rejects.toThrow('gone');
  await poolTrips();
  expect(await readdir(dir)).toEqual([]);
});

/** Time enough for what waited in the thread pool. */
async function poolTrips(): Promise<void> {
  for (let trip = 0; trip < 10; trip++) await readdir(dir);
}

it('says what went wrong to a writer who did not listen to the file', async () => {
  const writing = writeNewFile(join(dir, 'no', 'folder'), () => Promise.reject(new Error('gone')));
  await expect(writing).rejects.toThrow('gone');
});
