import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { NodeError } from '../nodes/node-class';
import { PreparedOutput } from './prepared.output';

describe('PreparedOutput', () => {
  let root: string;
  let picture: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'prepared-'));
    picture = join(root, 'picture.webp');
    writeFileSync(picture, 'a picture');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('gives out a file under names that it makes of the prefix', async () => {
    const output = new PreparedOutput(picture);
    const first = await output.save('cat', 'output', root);
    const second = await output.save('sub/cat', 'output', root);
    expect([first, second]).toEqual([
      { filename: 'cat_00001_.webp', subfolder: '', type: 'output' },
      { filename: 'cat_00002_.webp', subfolder: 'sub', type: 'output' },
    ]);
    expect(readFileSync(join(root, 'sub', 'cat_00002_.webp'), 'utf8')).toBe('a picture');
  });

  it('finds no room for new files where the one it gives out lies', async () => {
    const { filename } = await new PreparedOutput(picture).save('cat', 'output', root);
    expect(statSync(join(root, filename)).ino).toBe(statSync(picture).ino);
  });

  it('leaves alone what an earlier file of that name was a link to', async () => {
    const other = join(root, 'other.webp');
    writeFileSync(other, 'another picture');
    await new PreparedOutput(other).save('cat', 'output', root);
    const { filename } = await new PreparedOutput(picture).save('cat', 'output', root);
    expect(readFileSync(join(root, filename), 'utf8')).toBe('a picture');
    expect(readFileSync(other, 'utf8')).toBe('another picture');
  });

  it('makes a picture of its own without a file', async () => {
    const { filename } = await new PreparedOutput(undefined).save('cat', 'temp', join(root, 'new'));
    expect(
      readFileSync(join(root, 'new', filename))
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });

  it('refuses a file that is not there, and a prefix that leaves the folder', async () => {
    expect(() => new PreparedOutput(join(root, 'missing.png'))).toThrow('ENOENT');
    await expect(new PreparedOutput(picture).save('../cat', 'output', root)).rejects.toThrow(
      NodeError,
    );
  });
});
