import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';

import { version as jitiVersion } from 'jiti/package.json';

import type { CompiledText } from './compiled-texts';

/** Where compiled texts outlive the process, so that the next one needs no compiler. */
export interface TextStore {
  /** In a folder that is ours alone. */
  readonly file: string;
  /** Of the gateway: what another one compiled is not used. */
  readonly version: string;
}

/**
 * What was kept; nothing where there is no such file, or one that is damaged, of another version, or
 * that somebody else could have written: it is run as code.
 */
export function readTexts({ file, version }: TextStore): readonly CompiledText[] {
  try {
    const content = readOwn(file);
    const end = content.indexOf('\n');
    const body = content.slice(end + 1);
    if (content.slice(0, end) !== seal(body, version)) return [];
    return (JSON.parse(body) as CompiledText[]).map((text) => ({ ...text, isKept: true }));
  } catch {
    return [];
  }
}

/**
 * Replaces what was kept, unless that is too much: then it stays as it was.
 *
 * @throws what writing throws; what was kept before is then there still.
 */
export async function writeTexts(
  { file, version }: TextStore,
  texts: readonly CompiledText[],
): Promise<void> {
  const body = JSON.stringify(texts.map(({ options, code }) => ({ options, code })));
  if (body.length > MAX_BYTES) return;
  const next = `${file}.next`;
  try {
    await rm(next, { force: true });
    await writeFile(next, `${seal(body, version)}\n${body}`, { mode: 0o600, flag: 'wx' });
    await rename(next, file);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

const MAX_BYTES = 16 * 2 ** 20;

function seal(body: string, version: string): string {
  return `${version} ${jitiVersion} ${createHash('sha256').update(body).digest('hex')}`;
}

/** Somebody's pipe of that name is no file, and nothing to wait for. */
const FOR_READING = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function readOwn(file: string): string {
  const descriptor = openSync(file, FOR_READING);
  try {
    return isOwn(fstatSync(descriptor)) ? readFileSync(descriptor, 'utf8') : '';
  } finally {
    closeSync(descriptor);
  }
}

function isOwn(stats: Stats): boolean {
  const isOurs = process.geteuid === undefined || stats.uid === process.geteuid();
  return isOurs && stats.isFile() && (stats.mode & 0o022) === 0 && stats.size <= 2 * MAX_BYTES;
}
