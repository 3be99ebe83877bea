import { extname } from 'node:path';

import { contentFamily } from './content-family';
import { bareMime, typeOfExtension, typeOfMime, type FileType } from './file-types';

/** What others say about a file. */
export interface TypeHints {
  /** The MIME type of a data URI, or the `Content-Type` of an HTTP answer. */
  readonly contentType?: string;
  readonly filename?: string;
}

/**
 * The type of a file whose bytes show none: what was declared, or else what its name says. Only media
 * and models are believed, and only those that need not show in the bytes: what is said to be a PNG
 * and does not begin like one is something else. Neither is a page, whatever its address ends in.
 */
export function typeOfHints({ contentType, filename = '' }: TypeHints): FileType | undefined {
  if (contentType !== undefined && PAGES.includes(bareMime(contentType))) return undefined;
  const declared = contentType === undefined ? undefined : typeOfMime(contentType);
  return [declared, typeOfExtension(extensionOf(filename))].find(isBelievable);
}

/**
 * The type that bytes show, under the extension of the file's name where that is another one for the
 * same: a latent is a file of tensors, and ComfyUI wants to see it called one.
 */
export function refined(type: FileType, { filename = '' }: TypeHints): FileType {
  const named = typeOfExtension(extensionOf(filename));
  const isTensors = named?.contentType === type.contentType && isTensorsExtension(named.extension);
  return isTensors ? named : type;
}

function isBelievable(type: FileType | undefined): type is FileType {
  if (!type || TELLTALE.includes(type.contentType)) return false;
  return contentFamily(type.contentType) !== 'other' || isTensorsExtension(type.extension);
}

function isTensorsExtension(extension: string): boolean {
  return extension === 'latent' || extension === 'safetensors';
}

function extensionOf(filename: string): string {
  return extname(filename).slice(1);
}

/** How servers say that they have something else to say. */
const PAGES: readonly string[] = [
  'text/html',
  'application/xhtml+xml',
  'application/json',
  'application/problem+json',
  'application/xml',
  'text/xml',
];

/** Types whose files all begin with the same bytes. */
const TELLTALE: readonly string[] = [
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/tiff',
  'audio/wav',
  'audio/flac',
  'audio/ogg',
  'audio/opus',
  'video/webm',
  'audio/webm',
  'video/x-matroska',
  'model/gltf-binary',
];
