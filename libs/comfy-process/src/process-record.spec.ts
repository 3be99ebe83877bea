import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { silentLog } from '@gateway/kernel';

import { ProcessRecordFile, type ProcessRecord } from './process-record';

describe('the record of an engine', () => {
  let folder: string;
  let warnings: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'comfy-process-'));
    warnings = [];
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const fileAt = (...path: readonly string[]) =>
    new ProcessRecordFile(join(folder, ...path), {
      ...silentLog,
      warn: (_, message) => void warnings.push(message),
    });

  const record: ProcessRecord = {
    pid: 4242,
    startTime: '987654',
    command: 'python main.py',
    mark: 'one',
    gateway: { pid: 1, startTime: '12' },
  };

  it('is read as it was written, in a folder made for it, with no draft left', () => {
    const file = fileAt('state', 'engine.json');
    file.write(record);
    file.write({ ...record, pid: 4243 });
    expect(file.read()).toEqual({ ...record, pid: 4243 });
    expect(readdirSync(join(folder, 'state'))).toEqual(['engine.json']);
  });

  it('is removed by its own engine only', () => {
    const file = fileAt('engine.json');
    file.write(record);
    file.remove('another');
    expect(file.read()).toEqual(record);
    file.remove('one');
    expect(file.read()).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it.each(['', '{"pid": 12', '{"pid": "x"}', JSON.stringify({ ...record, pid: 1 })])(
    'is passed over with a warning when it makes no sense: %s',
    (text) => {
      writeFileSync(join(folder, 'engine.json'), text);
      expect(fileAt('engine.json').read()).toBeUndefined();
      expect(warnings).toEqual(['ignored an unreadable record of a ComfyUI process']);
    },
  );

  it('stops nothing when it cannot be written', () => {
    writeFileSync(join(folder, 'a file'), '');
    fileAt('a file', 'engine.json').write(record);
    expect(warnings).toHaveLength(1);
  });
});
