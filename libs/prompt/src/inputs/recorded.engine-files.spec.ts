import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { MemoryEngineFiles } from '../testing/memory.engine-files';
import { RecordedEngineFiles, recordedInputs } from './recorded.engine-files';

describe('RecordedEngineFiles', () => {
  let recordDir: string;
  let inner: MemoryEngineFiles;
  let files: RecordedEngineFiles;

  beforeEach(async () => {
    recordDir = join(await mkdtemp(join(tmpdir(), 'inputs-')), 'record');
    inner = new MemoryEngineFiles();
    files = new RecordedEngineFiles(inner, recordDir);
  });

  afterEach(async () => {
    await rm(join(recordDir, '..'), { recursive: true });
  });

  const put = (subfolder: string) =>
    files.putInput({ subfolder, filename: 'a.png' }, Buffer.from('x'));

  it('records a folder before anything is in it, once', async () => {
    inner.failOnPut = new Error('the disk is full');
    await expect(put('gateway-1')).rejects.toThrow('the disk is full');
    expect(await readdir(recordDir)).toEqual(['gateway-1']);
  });

  it('forgets a folder that was removed', async () => {
    await put('gateway-1');
    await put('gateway-2');
    await files.removeInputs('gateway-1');
    expect(await readdir(recordDir)).toEqual(['gateway-2']);
    expect([...inner.inputs.keys()]).toEqual(['gateway-2/a.png']);
  });

  it('lets the next gateway remove what this one left, and nothing else', async () => {
    await put('gateway-1');
    inner.inputs.set('mine/b.png', Buffer.from('x'));
    const next = new RecordedEngineFiles(inner, recordDir);
    for (const folder of await recordedInputs(recordDir)) await next.removeInputs(folder);
    expect([...inner.inputs.keys()]).toEqual(['mine/b.png']);
    expect(await readdir(recordDir)).toEqual([]);
  });

  it('has nothing to remove where nothing was ever recorded', async () => {
    expect(await recordedInputs(recordDir)).toEqual([]);
  });
});
