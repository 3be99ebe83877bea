import fs from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from '@gateway/testing';

import { batchedLines } from './batched-lines';

describe('batched lines', () => {
  let folder: string;
  let file: string;
  let fd: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batched-lines-'));
    file = join(folder, 'log');
    fd = fs.openSync(file, 'w');
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    fs.closeSync(fd);
    await rm(folder, { recursive: true });
  });

  const written = (text: string) =>
    eventually(async () => (await readFile(file, 'utf8')) === text, `${text} is written`, 5_000);

  it('are written with one call when they come together', async () => {
    const write = jest.spyOn(fs, 'write');
    const lines = batchedLines(fd);
    for (const line of ['one\n', 'zwei ü\n', 'three\n']) lines.write(line);
    await written('one\nzwei ü\nthree\n');
    expect(write).toHaveBeenCalledTimes(1);
  });

  it('that come while others are being written are not left lying', async () => {
    let goOn = (): void => undefined;
    const { write } = fs;
    const begun = new Promise<void>((resolve) => {
      jest.spyOn(fs, 'write').mockImplementationOnce((...call: Parameters<typeof write>) => {
        goOn = () => write(...call);
        resolve();
      });
    });
    const lines = batchedLines(fd);
    lines.write('first\n');
    await begun;
    lines.write('second\n');
    // Timers fire in their order: the flush of the second has come, and was passed over.
    await new Promise((resolve) => setTimeout(resolve, 20));
    goOn();
    await written('first\nsecond\n');
  });
});
