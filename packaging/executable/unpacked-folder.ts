import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import type { Payload, PayloadFile, PayloadIndex } from '../payload';
import { CacheFolderError } from './cache-folder.error';

/**
 * The folder with the payload's files, unpacked unless they are there. It gets its name only when it is
 * whole, so that neither a second start at the same time nor a kill midway leaves half of one.
 *
 * @throws CacheFolderError
 */
export function unpackedFolder(cacheDir: string, payload: Payload): string {
  const { index } = payload;
  const folder = join(cacheDir, `${index.version}-${index.hash.slice(0, 16)}`);
  try {
    refuseStrangers(folder);
    if (!isWhole(folder, index)) unpack(cacheDir, folder, payload);
    return folder;
  } catch (error) {
    if (error instanceof CacheFolderError) throw error;
    throw CacheFolderError.because(cacheDir, error);
  }
}

/** Its code runs with our rights: nobody else but root may have put it there. */
function refuseStrangers(folder: string): void {
  const owner = statSync(folder, { throwIfNoEntry: false })?.uid;
  if (owner === undefined || owner === 0 || owner === process.geteuid?.()) return;
  throw new CacheFolderError(folder, 'belongs to another user');
}

/**
 * Its marker is there, and no file is missing or empty: caches are tidied, and machines lose power. Sizes
 * do not count, since libvips may be replaced by another build of it.
 */
function isWhole(folder: string, { hash, files }: PayloadIndex): boolean {
  const hasBytes = ({ path, bytes }: PayloadFile): boolean => {
    const file = statSync(join(folder, path), { throwIfNoEntry: false });
    return file !== undefined && (file.size > 0 || bytes === 0);
  };
  return markerOf(folder) === hash && files.every(hasBytes);
}

function markerOf(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, MARKER), 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code)) return undefined;
    throw error;
  }
}

const MARKER = '.complete';

function unpack(cacheDir: string, folder: string, payload: Payload): void {
  makeFolder(cacheDir);
  removeLeftovers(cacheDir);
  const fresh = mkdtempSync(join(cacheDir, UNFINISHED));
  try {
    writeFiles(fresh, payload);
    writeFileSync(join(fresh, MARKER), payload.index.hash, { mode: 0o600 });
    putInPlace(fresh, folder, payload.index);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

const UNFINISHED = '.unfinished-';

/**
 * With the folders above it. Node's own `recursive` never returns where an existing folder answers
 * ENOENT, as `/proc` does (Node 20.20).
 */
function makeFolder(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another start made it meanwhile.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** What was killed midway; younger ones may still be at it. */
function removeLeftovers(cacheDir: string): void {
  const oldest = Date.now() - LEFTOVER_AFTER_MS;
  for (const name of readdirSync(cacheDir).filter((found) => found.startsWith(UNFINISHED))) {
    const leftover = join(cacheDir, name);
    const age = statSync(leftover, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (age < oldest) rmSync(leftover, { recursive: true, force: true });
  }
}

const LEFTOVER_AFTER_MS = 3_600_000;

function writeFiles(folder: string, { index, content }: Payload): void {
  const bytes = content();
  const made = new Set<string>();
  let from = 0;
  for (const file of index.files) {
    const path = join(folder, file.path);
    const parent = dirname(path);
    if (!made.has(parent)) mkdirSync(parent, { recursive: true, mode: 0o700 });
    made.add(parent);
    writeFileSync(path, bytes.subarray(from, from + file.bytes), { mode: 0o600 });
    from += file.bytes;
  }
}

/** A folder can take the place of an empty one only: what is there is another start's, or broken. */
function putInPlace(fresh: string, folder: string, index: PayloadIndex): void {
  if (isRenamed(fresh, folder) || isWhole(folder, index)) return;
  const broken = `${fresh}-broken`;
  isRenamed(folder, broken);
  rmSync(broken, { recursive: true, force: true });
  if (!isRenamed(fresh, folder) && !isWhole(folder, index)) {
    throw new CacheFolderError(folder, 'cannot be replaced');
  }
}

function isRenamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(code)) return false;
    throw error;
  }
}
