import { mkdir, readdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize, relative, resolve } from 'node:path';

import { NodeError } from './node-class';

/** Where the next file of a prefix goes. */
export interface SavePath {
  readonly folder: string;
  /** Last part of the prefix; may still hold `%batch_num%`. */
  readonly name: string;
  readonly counter: number;
  readonly subfolder: string;
}

/**
 * ComfyUI's naming rule: the counter is one more than the highest found by listing the folder for
 * this prefix, whatever the extensions. Nothing is locked.
 *
 * @throws NodeError when the prefix leaves the output folder.
 */
export async function nextSavePath(
  prefix: string,
  outputFolder: string,
  size?: { readonly width: number; readonly height: number },
): Promise<SavePath> {
  const place = savePlace(prefix, outputFolder, size);
  return { ...place, counter: await nextCounter(place.folder, place.name) };
}

/**
 * Where files of this prefix go.
 *
 * @throws NodeError when the prefix leaves the output folder.
 */
export function savePlace(
  prefix: string,
  outputFolder: string,
  size = { width: 0, height: 0 },
): Omit<SavePath, 'counter'> {
  const path = normalize(fillVariables(prefix, size, new Date()));
  const parent = dirname(path);
  const subfolder = parent === '.' ? '' : parent;
  const name = basename(path);
  const folder = isAbsolute(subfolder) ? subfolder : join(outputFolder, subfolder);
  refuseOutside(folder, outputFolder);
  return { folder, name, subfolder };
}

/** `<name>_00001_.png`. */
export function numbered(name: string, counter: number, extension: string): string {
  return `${name}_${String(counter).padStart(5, '0')}_.${extension}`;
}

function fillVariables(
  prefix: string,
  size: { readonly width: number; readonly height: number },
  now: Date,
): string {
  if (!prefix.includes('%')) return prefix;
  const twoDigits = (value: number): string => String(value).padStart(2, '0');
  const variables: Readonly<Record<string, string>> = {
    width: String(size.width),
    height: String(size.height),
    year: String(now.getFullYear()),
    month: twoDigits(now.getMonth() + 1),
    day: twoDigits(now.getDate()),
    hour: twoDigits(now.getHours()),
    minute: twoDigits(now.getMinutes()),
    second: twoDigits(now.getSeconds()),
  };
  return prefix.replace(/%([a-z]+)%/g, (text, name: string) => variables[name] ?? text);
}

function refuseOutside(folder: string, outputFolder: string): void {
  const steps = relative(resolve(outputFolder), resolve(folder)).split('/');
  if (steps[0] !== '..') return;
  throw new NodeError(
    'Exception',
    '**** ERROR: Saving image outside the output folder is not allowed.' +
      `\n full_output_folder: ${resolve(folder)}` +
      `\n         output_dir: ${outputFolder}` +
      `\n         commonpath: ${commonPath(resolve(folder), outputFolder)}`,
  );
}

function commonPath(a: string, b: string): string {
  const ours = a.split('/');
  const theirs = b.split('/');
  const differsAt = ours.findIndex((part, index) => part !== theirs[index]);
  return ours.slice(0, differsAt === -1 ? undefined : differsAt).join('/') || '/';
}

async function nextCounter(folder: string, name: string): Promise<number> {
  // As in Python, letter case of the prefix counts and `5x` is no number.
  let highest = 0;
  for (const file of await listOrCreate(folder)) {
    if (!file.startsWith(`${name}_`)) continue;
    const digits = file.slice(name.length + 1).split('_')[0] ?? '';
    if (/^\d+$/.test(digits)) highest = Math.max(highest, Number(digits));
  }
  return highest + 1;
}

async function listOrCreate(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(folder, { recursive: true });
    return [];
  }
}
