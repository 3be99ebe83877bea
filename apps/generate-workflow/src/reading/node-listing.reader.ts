import { readFile } from 'node:fs/promises';

import { ComfyHttp } from '@gateway/comfy-client';
import { isJsonObject, parseJson, type JsonValue, type ObjectInfo } from '@gateway/comfy-protocol';

import { CannotGenerateError, messageOf } from '../generate-workflow.errors';
import { withEmulator } from './emulator.process';
import type { NodeListing } from './node-listing';

/** Where ComfyUI is by default. */
const USUAL_URL = 'http://127.0.0.1:8188';

/** Where a listing may come from; the first that is given counts. */
export interface ListingSources {
  readonly objectInfoFile?: string | undefined;
  readonly comfyuiUrl?: string | undefined;
  /** The built emulator, for when no ComfyUI answers. */
  readonly emulatorEntry: string;
}

/** Reads the node listing: of a file, of a ComfyUI, or of the emulator. */
export async function readListing(sources: ListingSources): Promise<NodeListing> {
  const { objectInfoFile, comfyuiUrl, emulatorEntry } = sources;
  if (objectInfoFile !== undefined) return listingOfFile(objectInfoFile);
  if (comfyuiUrl !== undefined) return listingOfUrl(comfyuiUrl);
  if (await new ComfyHttp({ baseUrl: USUAL_URL }).probe()) return listingOfUrl(USUAL_URL);
  return withEmulator(emulatorEntry, async (url) => ({
    info: await new ComfyHttp({ baseUrl: url }).objectInfo(),
    folders: {},
    source: `the emulator, for no ComfyUI answered at ${USUAL_URL}`,
    knowsModels: false,
  }));
}

async function listingOfFile(file: string): Promise<NodeListing> {
  try {
    const info = parseJson(await readFile(file, 'utf8'));
    if (!isListing(info)) throw new Error('it is no answer of GET /object_info');
    return { info: info as unknown as ObjectInfo, folders: {}, source: file, knowsModels: true };
  } catch (error) {
    throw new CannotGenerateError(`${file} is no node listing: ${messageOf(error)}.`);
  }
}

function isListing(value: JsonValue): boolean {
  return (
    isJsonObject(value) &&
    Object.values(value).every(
      (node) => isJsonObject(node) && isJsonObject(node['input']) && Array.isArray(node['output']),
    )
  );
}

async function listingOfUrl(url: string): Promise<NodeListing> {
  const comfy = new ComfyHttp({ baseUrl: checkedUrl(url) });
  try {
    const info = await comfy.objectInfo();
    return {
      info,
      folders: await foldersOf(comfy),
      source: `the ComfyUI at ${url}`,
      knowsModels: true,
    };
  } catch (error) {
    throw new CannotGenerateError(`${url} gave no node listing: ${messageOf(error)}.`);
  }
}

/** Versions that cannot list their models are none the worse: names of inputs say most. */
async function foldersOf(comfy: ComfyHttp): Promise<NodeListing['folders']> {
  const folders = await comfy.modelFolders().catch(() => []);
  const listed = await Promise.all(
    folders.map(async (folder) => [folder, await comfy.models(folder).catch(() => [])] as const),
  );
  return Object.fromEntries(listed);
}

function checkedUrl(url: string): string {
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new CannotGenerateError(`"${url}" is no address of a ComfyUI, such as ${USUAL_URL}.`);
  }
  return url.replace(/\/+$/, '');
}
