#!/usr/bin/env node
/**
 * Runs a built app by name: `run.cjs [--no-build] <app> [arguments]`. Builds first when the build is
 * missing or older than the sources; with `--no-build` a missing build is a sentence and an exit.
 */
const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');

const mayBuild = process.argv[2] !== '--no-build';
const [appName, ...args] = process.argv.slice(mayBuild ? 2 : 3);
const root = join(__dirname, '..');
const entry = join(root, 'dist', 'apps', appName, 'src', 'main.js');

if (mayBuild) buildWhatIsMissing();
else if (!existsSync(entry)) leave('There is no build yet: run "npm run build" first.');
process.argv = [process.argv[0], entry, ...args];
require(entry);

function buildWhatIsMissing() {
  if (existsSync(entry) && newestSource() <= statSync(entry).mtimeMs) return;
  process.stderr.write('Building…\n');
  const nest = require.resolve('@nestjs/cli/bin/nest.js');
  const { status } = spawnSync(process.execPath, [nest, 'build'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) leave('The build failed.');
}

function newestSource() {
  return Math.max(...['apps', 'libs'].flatMap((folder) => modificationTimes(join(root, folder))));
}

function modificationTimes(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && /(?<!\.spec)\.ts$/.test(file.name))
    .map((file) => statSync(join(file.parentPath ?? file.path, file.name)).mtimeMs);
}

function leave(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
