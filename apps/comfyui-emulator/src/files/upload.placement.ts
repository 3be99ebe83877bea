import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, normalize, parse, resolve } from 'node:path';

import { isWithin } from './view.target';

/** A file sent to one of the upload routes. */
export interface Upload {
  readonly filename: string;
  readonly bytes: Buffer;
  /** Absolute folder of the upload's type. */
  readonly folder: string;
  readonly subfolder: string;
  readonly overwrite: boolean;
}

/** Where an upload ended up; `refused` when it would leave its folder. */
export type Placement =
  | { readonly outcome: 'placed'; readonly filename: string; readonly path: string }
  | { readonly outcome: 'refused' };

/** Makes what is to be written of an upload; `undefined` writes nothing and is no failure. */
export type MakeContent = (upload: Upload) => Promise<Buffer | undefined>;

/**
 * Writes an upload under its own name, or `name (1).ext` when that is taken by other bytes.
 *
 * @throws when the name holds a folder that does not exist.
 */
export async function placeUpload(upload: Upload, makeContent: MakeContent): Promise<Placement> {
  const folder = resolve(upload.folder, normalize(upload.subfolder));
  if (!isWithin(resolve(folder, upload.filename), upload.folder)) return { outcome: 'refused' };
  await mkdir(folder, { recursive: true });
  const name = upload.overwrite
    ? { filename: upload.filename, isDuplicate: false }
    : await findName(folder, upload);
  const path = join(folder, name.filename);
  if (!name.isDuplicate) {
    const content = await makeContent(upload);
    if (content !== undefined) await writeFile(path, content);
  }
  return { outcome: 'placed', filename: name.filename, path };
}

async function findName(
  folder: string,
  { filename, bytes }: Upload,
): Promise<{ filename: string; isDuplicate: boolean }> {
  const { dir, name, ext } = parse(filename);
  const digest = digestOf(bytes);
  let candidate = filename;
  for (let copy = 1; existsSync(join(folder, candidate)); copy += 1) {
    if (digestOf(await readFile(join(folder, candidate))) === digest) {
      return { filename: candidate, isDuplicate: true };
    }
    candidate = join(dir, `${name} (${copy})${ext}`);
  }
  return { filename: candidate, isDuplicate: false };
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
