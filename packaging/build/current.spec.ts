import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { isCurrent } from './current';

const SOURCES = [
  'dist/apps/api/src/main.js',
  'dist/libs/kernel/src/index.js',
  'packaging/executable/main.ts',
  'package-lock.json',
  'package.json',
];

describe('an executable', () => {
  let project: string;
  const executable = (): string => join(project, 'dist/comfyui-gateway');

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'gateway-current-'));
    for (const path of SOURCES) writtenAt(100, path);
    for (const path of ['dist/apps/api', 'packaging']) utimesSync(join(project, path), 100, 100);
  });

  afterEach(() => {
    rmSync(project, { recursive: true, force: true });
  });

  it('is current when nothing that it is made of is younger', () => {
    writtenAt(200, 'dist/comfyui-gateway');
    writtenAt(300, 'dist/apps/demo/src/main.js');
    expect(isCurrent(project, executable())).toBe(true);
  });

  it('is not when it is missing', () => {
    expect(isCurrent(project, executable())).toBe(false);
  });

  it.each(SOURCES)('is not when %s is younger', (path) => {
    writtenAt(200, 'dist/comfyui-gateway');
    writtenAt(300, path);
    expect(isCurrent(project, executable())).toBe(false);
  });

  /** The folders are as old as the file, as after an installation. */
  function writtenAt(seconds: number, path: string): void {
    const file = join(project, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
    for (let at = file; at !== project; at = dirname(at)) utimesSync(at, 100, 100);
    utimesSync(file, seconds, seconds);
  }
});
