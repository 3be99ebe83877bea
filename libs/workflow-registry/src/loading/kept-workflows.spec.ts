import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ProbeThread, type TextStore } from '@gateway/workflow-files';

import { WorkflowFolder, workflowText } from '../testing/workflow-folder';

describe('compiled workflow files', () => {
  let folder: WorkflowFolder;
  let store: TextStore;

  beforeEach(async () => {
    folder = await WorkflowFolder.make();
    store = { file: join(folder.dir, '..', 'texts.json'), version: '1.0.0' };
    await folder.add('a.ts', workflowText('prompt: z.string()'));
  });

  afterEach(() => folder.remove());

  const kept = (): Promise<string> => readFile(store.file, 'utf8');

  it('are kept, and left alone while nothing changes', async () => {
    await folder.load({ store });
    const first = await kept();
    expect(first).toContain('prompt');
    const { ino } = await stat(store.file);
    const { served } = await folder.load({ store });
    expect(served).toHaveLength(1);
    expect((await stat(store.file)).ino).toBe(ino);
  });

  it('are compiled anew when the file has changed, or what was kept is damaged', async () => {
    await folder.load({ store });
    await folder.add('a.ts', workflowText('words: z.string()'));
    const { served } = await folder.load({ store });
    expect(served[0]?.workflow.RequestSchema.safeParse({ words: 'x' }).success).toBe(true);
    const whole = await kept();
    expect(whole).toContain('words');
    expect(whole).not.toContain('prompt:');
    await writeFile(store.file, whole.replace('words', 'wards'));
    expect((await folder.load({ store })).served).toHaveLength(1);
    expect(await kept()).toBe(whole);
  });

  it('cost no workflow when they cannot be kept', async () => {
    const nowhere = { ...store, file: join(folder.dir, 'none', 'texts.json') };
    expect((await folder.load({ store: nowhere })).served).toHaveLength(1);
    expect(folder.lines.map(({ message }) => message)).toContain(
      'compiled workflows cannot be kept',
    );
  });

  it('come from a thread that was started ahead, once; the next load has its own', async () => {
    const thread = new ProbeThread({ dir: folder.dir });
    expect(thread.isFree).toBe(true);
    expect((await folder.load({ thread })).served).toHaveLength(1);
    expect(thread.isFree).toBe(false);
    await folder.add('b.ts', workflowText('n: z.number()'));
    expect((await folder.load({ thread })).served).toHaveLength(2);
  });

  it('need no thread that was ended before it was told what to try', async () => {
    const thread = new ProbeThread({ dir: folder.dir });
    await thread.end();
    expect((await folder.load({ thread })).served).toHaveLength(1);
    expect(folder.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });
});
