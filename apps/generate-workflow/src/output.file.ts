import { randomUUID } from 'node:crypto';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { CannotGenerateError, messageOf } from './generate-workflow.errors';

/** Looks before any work is done whether the file may be written. */
export async function checkOutput(file: string, mayOverwrite: boolean): Promise<void> {
  const name = basename(file);
  if (!/^[^.].*\.ts$/.test(name) || /\.(d|test|spec)\.ts$/.test(name)) {
    throw new CannotGenerateError(`${file} would be no workflow: its name must end in ".ts".`);
  }
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists && !mayOverwrite) {
    throw new CannotGenerateError(`${file} exists: add --force to overwrite it.`);
  }
}

/** The file is there as a whole or not at all. */
export async function writeOutput(file: string, source: string): Promise<void> {
  const beside = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(beside, source, { flag: 'wx' });
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw new CannotGenerateError(`${file} cannot be written: ${messageOf(error)}.`);
  }
}
