import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Model files by type: a type is a folder below the model folder. Paths are relative to it. */
export type ModelFiles = Readonly<Record<string, readonly string[]>>;

/**
 * Every file of every sub-folder of the model folder, sorted. Symlinks are followed, for models are
 * often kept elsewhere; hidden files, partial downloads and the placeholders that ComfyUI ships
 * (`put_checkpoints_here`) are not models. A folder that cannot be read is empty.
 */
export async function walkModels(modelDir: string): Promise<ModelFiles> {
  const folders = await foldersIn(modelDir);
  const listed = await Promise.all(
    folders.map(async (type) => [type, await filesBelow(join(modelDir, type))] as const),
  );
  return Object.fromEntries(listed);
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder);
  const folders = await Promise.all(
    entries.map(async (entry) =>
      (await kindOf(join(folder, entry.name), entry)) === 'folder' ? [entry.name] : [],
    ),
  );
  return folders.flat().sort();
}

async function filesBelow(root: string): Promise<readonly string[]> {
  const files: string[] = [];
  await collect(root, '', new Set(), files);
  return files.sort();
}

async function collect(
  root: string,
  below: string,
  visited: Set<string>,
  files: string[],
): Promise<void> {
  const folder = join(root, below);
  const real = await realpath(folder).catch(() => folder);
  // A link may lead back to where we came from.
  if (visited.has(real)) return;
  visited.add(real);
  for (const entry of await entriesOf(folder)) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    const kind = await kindOf(join(folder, entry.name), entry);
    if (kind === 'folder') await collect(root, name, visited, files);
    if (kind === 'file' && !isPlaceholder(entry.name)) files.push(name);
  }
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter(({ name }) => !name.startsWith('.'));
}

async function kindOf(path: string, entry: Dirent): Promise<'file' | 'folder' | undefined> {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  if (!entry.isSymbolicLink()) return undefined;
  const target = await stat(path).catch(() => undefined);
  return target?.isDirectory() ? 'folder' : target?.isFile() ? 'file' : undefined;
}

function isPlaceholder(name: string): boolean {
  return /^put_.*_here$/.test(name) || /\.(?:part|partial|tmp|incomplete)$/.test(name);
}
