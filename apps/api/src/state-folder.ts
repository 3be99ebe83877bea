import { constants } from 'node:fs';
import { access, chmod, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { DomainError } from '@gateway/kernel';

/** The folder for the gateway's own files cannot be made or used. */
class StateFolderError extends DomainError {
  readonly code = 'state.folder_unusable';

  constructor(
    readonly folder: string,
    problem: string,
    options: { readonly cause: unknown },
  ) {
    super(`STATE_DIR cannot be used: ${folder} ${problem}.`, options);
  }
}

/**
 * Makes the folder if it is not there, for us alone, and closes to others one that is there and ours.
 * One that is shared stays as it is, somebody else's (a volume) or sticky (`/tmp`): what is put into
 * it is for us alone.
 *
 * @throws StateFolderError (`state.folder_unusable`).
 */
export async function prepareStateFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await closeToOthers(folder);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    throw new StateFolderError(folder, PROBLEMS[code] ?? `fails with ${code}`, { cause });
  }
}

/**
 * With the folders above it. Node's own `recursive` never returns where an existing folder answers
 * ENOENT, as `/proc` does (Node 20.20).
 */
async function makeFolder(folder: string): Promise<void> {
  const isThere = await stat(folder).then(
    (found) => found.isDirectory(),
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return false;
    },
  );
  if (isThere) return;
  const parent = dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  await mkdir(folder, { mode: 0o700 });
}

async function closeToOthers(folder: string): Promise<void> {
  const { mode, uid } = await stat(folder);
  const isShared = uid !== process.geteuid?.() || (mode & STICKY) !== 0;
  if (!isShared && (mode & 0o077) !== 0) await chmod(folder, mode & 0o7700);
}

const STICKY = 0o1000;

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'may not be read and written',
  EPERM: 'may not be read and written',
  EROFS: 'is on a read-only file system',
  EEXIST: 'is not a folder',
  ENOTDIR: 'is not a folder',
  ENOENT: 'cannot be made',
  ENOSPC: 'is on a full disk',
};
