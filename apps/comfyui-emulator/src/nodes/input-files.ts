import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringifyJson, type JsonObject, type JsonValue } from '@gateway/comfy-protocol';

import type { Folders } from '../folders';
import { choice, type NodeInput } from './node-input';

/** A combo over the files of the input folder; any file that exists is accepted. */
export function inputFile(
  kind: { readonly extensions: RegExp; readonly noun: string },
  options: JsonObject = {},
): NodeInput<string> {
  return {
    ...choice((folders) => listInputFiles(folders, kind.extensions), options),
    check: (value, folders) =>
      existsSync(resolveAnnotated(value, folders)) || `Invalid ${kind.noun} file: ${nameOf(value)}`,
  };
}

export const IMAGE_FILES = {
  extensions: /\.(?:png|jpe?g|jfif|webp|gif|bmp|tiff?|avif|heic|svg|ico|psd)$/i,
  noun: 'image',
};
export const AUDIO_FILES = {
  extensions: /\.(?:wav|mp3|flac|ogg|opus|m4a|aac|aiff?)$/i,
  noun: 'audio',
};
export const VIDEO_FILES = {
  extensions: /\.(?:mp4|webm|mkv|mov|avi|m4v|mpe?g|gif)$/i,
  noun: 'video',
};
export const LATENT_FILES = { extensions: /\.latent$/, noun: 'latent' };

/** Path of `name`, or of `name [output]` and the like in the folder so named. */
export function resolveAnnotated(name: JsonValue | undefined, folders: Folders): string {
  const text = nameOf(name);
  const annotated = /^(.*) \[(output|input|temp)\]$/s.exec(text);
  if (annotated === null) return join(folders.input, text);
  return join(folders[annotated[2] as 'output' | 'input' | 'temp'], annotated[1] ?? '');
}

/** Fingerprint of classes that look at the content: sha256 of the file an input names. */
export function fileHash(input: string) {
  return async (inputs: JsonObject, folders: Folders): Promise<string> => {
    const content = await readFile(resolveAnnotated(inputs[input], folders));
    return createHash('sha256').update(content).digest('hex');
  };
}

/** Python formats whatever it was given. */
function nameOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : stringifyJson(value ?? null);
}

function listInputFiles(folders: Folders, extensions: RegExp): readonly string[] {
  if (!existsSync(folders.input)) return [];
  return readdirSync(folders.input, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && extensions.test(entry.name))
    .map((entry) => entry.name)
    .sort();
}
