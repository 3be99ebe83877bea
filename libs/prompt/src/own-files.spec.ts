import type { Attempt } from '@gateway/jobs';
import { silentLog, type Log } from '@gateway/kernel';

import { OwnFiles, type OwnFilesParts } from './own-files';
import { aFile, aText } from './testing/fake-engine';
import { MemoryEngineFiles } from './testing/memory.engine-files';

describe('OwnFiles', () => {
  let files: MemoryEngineFiles;
  let own: OwnFiles;
  let warnings: object[];
  let jobs: OwnFilesParts['jobs'];

  beforeEach(() => {
    files = new MemoryEngineFiles();
    warnings = [];
    const log = { ...silentLog, warn: (facts: object) => warnings.push(facts) };
    jobs = { sharesNames: () => Promise.resolve(false) };
    own = ownFilesOf([], log);
  });

  function ownFilesOf(attempts: readonly Attempt[], log: Log = silentLog): OwnFiles {
    const parts = { files, log, jobs: { sharesNames: (id: string) => jobs.sharesNames(id) } };
    return new OwnFiles({ id: 'job-1', attempts }, parts);
  }

  it('removes the outputs that carry the id of the job, in any folder', async () => {
    files.write('job-1_a_00001_.png', 'x');
    files.write('sub/job-1_b_00001_.png', 'x');
    own.noteOutputs([
      aFile('job-1_a_00001_.png'),
      aFile('job-1_b_00001_.png', { subfolder: 'sub' }),
      aText('job-1_'),
    ]);
    await own.removeOutputs();
    expect(files.outputs.size).toBe(0);
  });

  it('keeps what may be the result of another job, a preview or an input', async () => {
    files.write('job-2_a_00001_.png', 'x');
    files.write('ComfyUI_00001_.png', 'x');
    const removed: string[] = [];
    files.remove = ({ filename }) => {
      removed.push(filename);
      return Promise.resolve();
    };
    own.noteOutputs([
      aFile('job-2_a_00001_.png'),
      aFile('ComfyUI_00001_.png'),
      aFile('job-1_a_00001_.png', { type: 'temp' }),
      aFile('job-1_a_00002_.png', { type: 'input' }),
    ]);
    await own.removeOutputs();
    expect(removed).toEqual([]);
  });

  it('removes a file once that two nodes report', async () => {
    const removed: string[] = [];
    files.remove = ({ filename }) => {
      removed.push(filename);
      return Promise.resolve();
    };
    own.noteOutputs([aFile('job-1_a_00001_.png')]);
    own.noteOutputs([aFile('job-1_a_00001_.png', { nodeId: '7' })]);
    await own.removeOutputs();
    expect(removed).toEqual(['job-1_a_00001_.png']);
  });

  it('removes the others when one cannot be removed, and says which job it was', async () => {
    files.write('job-1_b_00001_.png', 'x');
    const remove = files.remove.bind(files);
    const readOnly = new Error('read-only file system');
    files.remove = (file) =>
      file.filename.includes('_a_') ? Promise.reject(readOnly) : remove(file);
    own.noteOutputs([aFile('job-1_a_00001_.png'), aFile('job-1_b_00001_.png')]);
    await own.removeOutputs();
    expect(files.outputs.size).toBe(0);
    expect(warnings).toEqual([{ jobId: 'job-1', err: readOnly }]);
  });

  describe('that no event told of', () => {
    beforeEach(() => {
      files.write('job-1_a_00001_.png', 'x');
      files.write('sub/job-1_b_00001_.png', 'x');
      files.write('job-12_a_00001_.png', "another's");
    });

    const names = (): readonly string[] => [...files.outputs.keys()].sort();

    it('are removed once an engine had the job', async () => {
      own.noteTry(1_000);
      await own.removeUntold();
      expect(names()).toEqual(['job-12_a_00001_.png']);
    });

    it('are not looked for while no engine had it', async () => {
      await own.removeUntold();
      expect(files.outputs.size).toBe(3);
    });

    it('are removed by a next life, too', async () => {
      const attempt = {
        promptId: 'p',
        engineId: 'e',
        submittedAt: 1_000,
        withdrawn: true,
      } as const;
      await ownFilesOf([attempt]).removeUntold();
      expect(names()).toEqual(['job-12_a_00001_.png']);
    });

    it("are somebody else's when they are older than its first try", async () => {
      files.write('job-1_mine_00001_.png', 'x', { old: true });
      own.noteTry(1_000);
      await own.removeUntold();
      expect(names()).toEqual(['job-12_a_00001_.png', 'job-1_mine_00001_.png']);
    });

    it('stay when they may be those of a job whose id goes on', async () => {
      jobs = { sharesNames: (id) => Promise.resolve(id === 'job-1') };
      own.noteTry(1_000);
      await own.removeUntold();
      expect(files.outputs.size).toBe(3);
    });

    it('stay when they cannot be removed, and the log says which job it was', async () => {
      const readOnly = new Error('read-only file system');
      files.removeBeginningWith = () => Promise.reject(readOnly);
      own.noteTry(1_000);
      await own.removeUntold();
      expect(warnings).toEqual([{ jobId: 'job-1', err: readOnly }]);
    });
  });

  it('removes the folder of its inputs, if it has one', async () => {
    await files.putInput({ subfolder: 'gateway-1', filename: '1.png' }, Buffer.from('x'));
    await files.putInput({ subfolder: 'gateway-2', filename: '1.png' }, Buffer.from('x'));
    own.noteInputs([]);
    await own.removeInputs();
    expect(files.inputs.size).toBe(2);
    own.noteInputs(['gateway-1']);
    await own.removeInputs();
    expect([...files.inputs.keys()]).toEqual(['gateway-2/1.png']);
  });
});
