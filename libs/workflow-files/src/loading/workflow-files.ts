import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Deeper folders are not looked into; keeps a farm of symlinks finite. */
const MAX_DEPTH = 16;

/** The files of a folder, and the folders below it that could not be read. */
export interface FoundFiles {
  readonly files: readonly string[];
  readonly unreadable: readonly string[];
}

/**
 * The files of JavaScript and TypeScript (`.cjs`, `.mts` and their kin too) under a folder, relative to it, with `/`, sorted. Symlinks are followed,
 * since that is how Kubernetes mounts files, but not in circles.
 *
 * @throws what `readdir` throws for `dir` itself.
 */
export async function findWorkflowFiles(dir: string): Promise<FoundFiles> {
  const found = { files: [], unreadable: [] } as { files: string[]; unreadable: string[] };
  await collect(dir, '', [await realpath(dir)], found);
  return { ...found, files: found.files.sort() };
}

async function collect(
  root: string,
  below: string,
  ancestors: readonly string[],
  found: { readonly files: string[]; readonly unreadable: string[] },
): Promise<void> {
  for (const name of await readdir(join(root, below))) {
    if (isPassedOver(name)) continue;
    const path = below === '' ? name : `${below}/${name}`;
    const kind = await kindOf(join(root, path));
    if (kind === 'file' && isCandidate(name)) found.files.push(path);
    if (kind === 'folder') await enter(root, path, ancestors, found);
  }
}

async function enter(
  root: string,
  path: string,
  ancestors: readonly string[],
  found: { readonly files: string[]; readonly unreadable: string[] },
): Promise<void> {
  const real = await realpath(join(root, path));
  if (ancestors.includes(real) || ancestors.length > MAX_DEPTH) return;
  await collect(root, path, [...ancestors, real], found).catch(() => found.unreadable.push(path));
}

function isPassedOver(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules';
}

function isCandidate(name: string): boolean {
  return /\.[cm]?[jt]s$/i.test(name) && !/\.(d|test|spec)\.[cm]?[jt]s$/i.test(name);
}

/** What a symlink points to; one that points nowhere is nothing. */
async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return 'file';
  return found?.isDirectory() ? 'folder' : undefined;
}
