import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CompiledText } from './compiled-texts';
import { readTexts, writeTexts, type TextStore } from './kept-texts';

const TEXT: CompiledText = {
  options: { filename: '/x.ts', source: 'one', ts: true, async: true, retainLines: true },
  code: 'compiled one',
};

describe('kept texts', () => {
  let folder: string;
  let store: TextStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kept-texts-'));
    store = { file: join(folder, 'texts.json'), version: '1.0.0' };
    await writeTexts(store, [TEXT]);
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('are read as they were written', async () => {
    expect(readTexts(store)).toEqual([{ ...TEXT, isKept: true }]);
    expect(await readdir(folder)).toEqual(['texts.json']);
  });

  it('are replaced as a whole', async () => {
    await writeTexts(store, [{ ...TEXT, code: 'another' }]);
    expect(readTexts(store)).toEqual([{ ...TEXT, code: 'another', isKept: true }]);
  });

  it('are none where there is no file, or one of another version', () => {
    expect(readTexts({ ...store, file: join(folder, 'none') })).toEqual([]);
    expect(readTexts({ ...store, version: '1.0.1' })).toEqual([]);
  });

  it.each([
    ['a changed letter', (content: string) => content.replace('compiled one', 'compiled two')],
    ['a lost end', (content: string) => content.slice(0, -20)],
    ['nothing in it', () => ''],
  ])('are none in a file with %s', async (_, damage) => {
    await writeFile(store.file, damage(await readFile(store.file, 'utf8')));
    expect(readTexts(store)).toEqual([]);
  });

  it('are none in a file that others may write', async () => {
    await chmod(store.file, 0o620);
    expect(readTexts(store)).toEqual([]);
  });

  it('are none behind a link', async () => {
    const file = join(folder, 'link.json');
    await symlink(store.file, file);
    expect(readTexts({ ...store, file })).toEqual([]);
  });

  it('are none in a pipe, which nobody waits for', async () => {
    await rm(store.file);
    execFileSync('mkfifo', ['-m', '600', store.file]);
    expect(readTexts(store)).toEqual([]);
  });

  it('are written although an earlier write was broken off', async () => {
    await writeFile(`${store.file}.next`, 'half');
    await writeTexts(store, [{ ...TEXT, code: 'another' }]);
    expect(readTexts(store)).toMatchObject([{ code: 'another' }]);
    expect(await readdir(folder)).toEqual(['texts.json']);
  });

  it('stay as they were when they are too much', async () => {
    await writeTexts(store, [{ ...TEXT, code: 'x'.repeat(17 * 2 ** 20) }]);
    expect(readTexts(store)).toEqual([{ ...TEXT, isKept: true }]);
  });
});
