import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readConfig } from '@gateway/config';
import { silentLog, type Log } from '@gateway/kernel';

import { findEngineFolders } from './engine-folders';

let home: string;
let warnings: string[];
let log: Log;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'engine-folders-'));
  warnings = [];
  log = { ...silentLog, warn: (_facts, message) => warnings.push(message) };
});

afterEach(() => rm(home, { recursive: true }));

const find = (environment: Readonly<Record<string, string>>) =>
  findEngineFolders(readConfig(environment, () => true).comfy, log);

describe("ComfyUI's folders", () => {
  it('are used, without a word, where they are there', async () => {
    await mkdir(join(home, 'output'));
    const folders = { inputDir: join(home, 'input'), outputDir: join(home, 'output') };
    expect(find({ CMD: '', COMFY_HOME: home })).toEqual(folders);
    expect(find({ CMD: 'python main.py', COMFY_HOME: home })).toEqual(folders);
    expect(warnings).toEqual([]);
  });

  it('of a running ComfyUI that is elsewhere are not, and the log says what stays there', () => {
    expect(find({ CMD: ' ', COMFY_HOME: join(home, 'nowhere') })).toBeUndefined();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/stays in ComfyUI for ever.* set COMFY_HOME/);
  });

  it('of one that is launched are believed in, and a home that is missing is told once', () => {
    const missing = join(home, 'nowhere');
    expect(find({ CMD: 'python main.py', COMFY_HOME: missing })).toMatchObject({
      outputDir: join(missing, 'output'),
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('CMD is run in the folder of the gateway');
  });
});
