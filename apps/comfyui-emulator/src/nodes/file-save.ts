import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { FileType, JsonObject, JsonValue } from '@gateway/comfy-protocol';

import { pythonJson } from '../media/python-json';
import type { NodeContext } from './node-class';
import { nextSavePath, numbered, type SavePath } from './save-path';

/** A file item of a ui dict. */
export interface SavedFile extends JsonObject {
  readonly filename: string;
  readonly subfolder: string;
  readonly type: FileType;
}

/** What is saved, and under which name. */
export interface Save {
  readonly context: NodeContext;
  readonly prefix: string;
  readonly type?: 'output' | 'temp';
  readonly size?: { readonly width: number; readonly height: number };
  readonly extension: string;
}

/** Writes one file under the next free number of its prefix. */
export async function saveFile(save: Save, content: Buffer): Promise<SavedFile> {
  return saveNumbered(save, await savePathOf(save), 0, content);
}

/** Large batches are encoded a few frames at a time, to keep memory flat. */
const FILES_AT_ONCE = 4;

/** Writes several files under consecutive numbers. */
export async function saveFiles(
  save: Save,
  contents: readonly (() => Promise<Buffer>)[],
): Promise<SavedFile[]> {
  const path = await savePathOf(save);
  const saved: SavedFile[] = [];
  while (saved.length < contents.length) {
    const first = saved.length;
    const next = contents
      .slice(first, first + FILES_AT_ONCE)
      .map(async (content, offset) => saveNumbered(save, path, first + offset, await content()));
    saved.push(...(await Promise.all(next)));
  }
  return saved;
}

/** The graph and `extra_pnginfo` as text entries; none with `--disable-metadata`. */
export function metadataText(
  context: Pick<NodeContext, 'metadata'>,
): Readonly<Record<string, string>> {
  if (context.metadata === undefined) return {};
  const { prompt, extraPnginfo } = context.metadata;
  const entries: [string, JsonValue][] = [['prompt', prompt], ...Object.entries(extraPnginfo)];
  return Object.fromEntries(entries.map(([key, value]) => [key, pythonJson(value)]));
}

async function savePathOf({ context, prefix, type, size }: Save): Promise<SavePath> {
  return nextSavePath(prefix, context.folders[type ?? 'output'], size);
}

async function saveNumbered(
  { type = 'output', extension }: Save,
  path: SavePath,
  index: number,
  content: Buffer,
): Promise<SavedFile> {
  const name = path.name.replaceAll('%batch_num%', String(index));
  const filename = numbered(name, path.counter + index, extension);
  await writeFile(join(path.folder, filename), content);
  return { filename, subfolder: path.subfolder, type };
}
