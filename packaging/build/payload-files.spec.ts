import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { payloadFiles } from './payload-files';

describe('an executable carries', () => {
  let project: string;

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'gateway-project-'));
    withFiles('dist/package.json', 'LICENSE', 'THIRD-PARTY-NOTICES');
    withFiles('dist/apps/api/src/main.js', 'dist/libs/kernel/src/index.js');
  });

  afterEach(() => {
    rmSync(project, { recursive: true, force: true });
  });

  it('the built gateway, without the other apps and without source maps', () => {
    withFiles('dist/apps/demo/src/main.js', 'dist/apps/api/src/main.js.map');
    withLockfile({});

    expect(carried()).toEqual([
      'LICENSE',
      'THIRD-PARTY-NOTICES',
      'dist/apps/api/src/main.js',
      'dist/libs/kernel/src/index.js',
      'dist/package.json',
    ]);
  });

  it('production dependencies, those inside others too, and no others', () => {
    withFiles(
      ...['a', 'a/node_modules/b', 'a/node_modules/tool', 'tool'].flatMap((name) => [
        `node_modules/${name}/package.json`,
        `node_modules/${name}/lib/index.js`,
      ]),
    );
    withLockfile({
      'node_modules/a': {},
      'node_modules/a/node_modules/b': {},
      'node_modules/a/node_modules/tool': { dev: true },
      'node_modules/tool': { dev: true },
    });

    expect(carried(/^node_modules/)).toEqual([
      'node_modules/a/lib/index.js',
      'node_modules/a/node_modules/b/lib/index.js',
      'node_modules/a/node_modules/b/package.json',
      'node_modules/a/package.json',
    ]);
  });

  it('of a dependency what runs, and its licence', () => {
    const carriedOnes = [
      'LICENSE',
      'README.md',
      'lib/test/x.js',
      'lib/x.node',
      'package.json',
      'x.cjs',
    ];
    const left = ['x.d.ts', 'x.d.mts', 'x.cjs.map', 'test/x.js', 'examples/x.js', '.github/x.yml'];
    withFiles(...[...carriedOnes, ...left].map((name) => `node_modules/a/${name}`));
    withLockfile({ 'node_modules/a': {} });

    expect(carried(/^node_modules/)).toEqual(carriedOnes.map((name) => `node_modules/a/${name}`));
  });

  it('what is for this platform alone, even where more is installed', () => {
    const names = ['addon-linux-x64-gnu', 'addon-linux-x64-musl', 'addon-darwin-arm64'];
    withFiles(...names.map((name) => `node_modules/${name}/package.json`));
    withLockfile({
      'node_modules/addon-linux-x64-gnu': { optional: true, os: ['linux'] },
      'node_modules/addon-linux-x64-musl': { optional: true, os: ['linux'] },
      'node_modules/addon-darwin-arm64': { optional: true, os: ['darwin'] },
      'node_modules/optional-and-not-installed': { optional: true },
    });

    expect(carried(/^node_modules/)).toEqual(['node_modules/addon-linux-x64-gnu/package.json']);
  });

  it('nothing at all when a dependency is not installed', () => {
    withLockfile({ 'node_modules/missing': {} });
    expect(() => carried()).toThrow('node_modules/missing is missing: run "npm ci" first.');
  });

  function withFiles(...paths: readonly string[]): void {
    for (const path of paths) {
      mkdirSync(dirname(join(project, path)), { recursive: true });
      writeFileSync(join(project, path), '');
    }
  }

  function withLockfile(packages: Readonly<Record<string, object>>): void {
    const entries = Object.entries(packages).map(([path, entry]) => [
      path,
      { version: '1.0.0', license: 'MIT', ...entry },
    ]);
    const lockfile = { packages: { '': {}, ...(Object.fromEntries(entries) as object) } };
    writeFileSync(join(project, 'package-lock.json'), JSON.stringify(lockfile));
  }

  /** Node's own licence lies somewhere else on each machine, or nowhere. */
  function carried(which = /^(?!NODE-LICENSE)/): readonly string[] {
    const files = payloadFiles(project, { os: 'linux', cpu: 'x64', libc: 'glibc' });
    return files.map(({ path }) => path).filter((path) => which.test(path));
  }
});
