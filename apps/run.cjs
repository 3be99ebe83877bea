#!/usr/bin/env node
/** Runs a built app by name, building first when its build is missing or older than the sources. */
const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');

const [appName, ...args] = process.argv.slice(2);
const root = join(__dirname, '..');
const entry = join(root, 'dist', 'apps', appName, 'src', 'main.js');

if (!existsSync(entry) || newestSource() > statSync(entry).mtimeMs) build();
process.argv = [process.argv[0], entry, ...args];
require(entry);

function build() {
  process.stderr.write('Building…\n');
  const { status } = spawnSync(
    process.execPath,
    [require.resolve('@nestjs/cli/bin/nest.js'), 'build'],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
    },
  );
  if (status !== 0) process.exit(status ?? 1);
}

function newestSource() {
  return Math.max(...['apps', 'libs'].flatMap((folder) => modificationTimes(join(root, folder))));
}

function modificationTimes(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'),
    )
    .map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
}
