import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { DirectoryOptions, EmulatorOptions } from './emulator.options';
import type { Folders } from './folders';

/** Raised for folders ComfyUI would not start with; `exitCode` is the one it ends with. */
export class FolderProblem extends Error {
  constructor(
    message: string,
    readonly exitCode: 1 | 2,
  ) {
    super(message);
    this.name = 'FolderProblem';
  }
}

/** Absolute paths for these options; nothing is touched. */
export function resolveFolders(directories: DirectoryOptions, cwd: string): Folders {
  const base = resolve(cwd, directories.base ?? '.');
  const within = (given: string | undefined, name: string): string =>
    given === undefined ? join(base, name) : resolve(cwd, given);
  return {
    base,
    input: within(directories.input, 'input'),
    output: within(directories.output, 'output'),
    // ComfyUI puts a folder of its own inside the one it is given.
    temp:
      directories.temp === undefined
        ? join(base, 'temp')
        : join(within(directories.temp, ''), 'temp'),
    models: join(base, 'models'),
  };
}

/**
 * Creates and checks folders as ComfyUI does at start.
 *
 * An input folder that was named on the command line is not created: without it, the nodes that
 * list its files cannot be described.
 *
 * @throws FolderProblem
 */
export function prepareFolders(folders: Folders, options: EmulatorOptions, cwd: string): void {
  const { directories } = options;
  requireFolder(directories.user, cwd, '--user-directory');
  requireFolder(options.frontEndRoot, cwd, '--front-end-root');
  for (const file of options.extraModelPathFiles) {
    if (existsSync(resolve(cwd, file))) continue;
    throw new FolderProblem(`FileNotFoundError: [Errno 2] No such file or directory: '${file}'`, 1);
  }
  mkdirSync(folders.base, { recursive: true });
  const customNodes = join(folders.base, 'custom_nodes');
  if (directories.base !== undefined && options.customNodes === 'all' && !existsSync(customNodes)) {
    throw new FolderProblem(
      `FileNotFoundError: [Errno 2] No such file or directory: '${customNodes}'`,
      1,
    );
  }
  if (directories.input === undefined) mkdirSync(folders.input, { recursive: true });
}

export function wipeTemp(folders: Folders): void {
  rmSync(folders.temp, { recursive: true, force: true });
}

function requireFolder(given: string | undefined, cwd: string, flag: string): void {
  if (given === undefined) return;
  const path = resolve(cwd, given);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new FolderProblem(`argument ${flag}: The path '${given}' does not exist.`, 2);
}
