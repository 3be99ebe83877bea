import { filetypeinfo } from 'magic-bytes.js';

import { isoMediaType } from './containers/iso-media';
import { matroskaType } from './containers/matroska';
import { oggType } from './containers/ogg';
import { textType } from './documents';
import type { FileType } from './file-types';

/** Enough to see the tracks of a Matroska file, and the words that tell one text from another. */
export const SIGNATURE_BYTES = 4096;

/** The type that the first bytes of a file show; nothing when they could be anything. */
export function typeOfContent(head: Buffer): FileType | undefined {
  return (
    isoMediaType(head) ??
    matroskaType(head) ??
    oggType(head) ??
    tensorsType(head) ??
    transportStreamType(head) ??
    EXTRA.find(({ pattern }) => pattern.test(head.toString('latin1', 0, 32)))?.type ??
    libraryType(head) ??
    textType(head)
  );
}

/**
 * The library names every format that begins like that, with and without a use for us; some of its
 * patterns are a single byte, or a word that texts begin with.
 */
function libraryType(head: Buffer): FileType | undefined {
  const names = filetypeinfo(head).map(({ typename }) => typename);
  for (const name of names) {
    const type = LIBRARY[name];
    if (type && (CONFIRMED[name]?.(head) ?? true)) return type;
  }
  return undefined;
}

/** The library's name → the type. Where several names fit (zip, jar, docx…), one of them is here. */
const LIBRARY: Readonly<Record<string, FileType>> = {
  png: { extension: 'png', contentType: 'image/png' },
  jpg: { extension: 'jpg', contentType: 'image/jpeg' },
  gif: { extension: 'gif', contentType: 'image/gif' },
  webp: { extension: 'webp', contentType: 'image/webp' },
  bmp: { extension: 'bmp', contentType: 'image/bmp' },
  tif: { extension: 'tif', contentType: 'image/tiff' },
  tiff: { extension: 'tif', contentType: 'image/tiff' },
  psd: { extension: 'psd', contentType: 'image/vnd.adobe.photoshop' },
  exr: { extension: 'exr', contentType: 'image/x-exr' },
  ico: { extension: 'ico', contentType: 'image/vnd.microsoft.icon' },
  mov: { extension: 'mov', contentType: 'video/quicktime' },
  avi: { extension: 'avi', contentType: 'video/x-msvideo' },
  wmv: { extension: 'wmv', contentType: 'video/x-ms-wmv' },
  mpg: { extension: 'mpg', contentType: 'video/mpeg' },
  mpeg: { extension: 'mpg', contentType: 'video/mpeg' },
  mp3: { extension: 'mp3', contentType: 'audio/mpeg' },
  wav: { extension: 'wav', contentType: 'audio/wav' },
  flac: { extension: 'flac', contentType: 'audio/flac' },
  aac: { extension: 'aac', contentType: 'audio/aac' },
  aiff: { extension: 'aiff', contentType: 'audio/aiff' },
  mid: { extension: 'mid', contentType: 'audio/midi' },
  zip: { extension: 'zip', contentType: 'application/zip' },
  gz: { extension: 'gz', contentType: 'application/gzip' },
  '7z': { extension: '7z', contentType: 'application/x-7z-compressed' },
  rar: { extension: 'rar', contentType: 'application/vnd.rar' },
  pdf: { extension: 'pdf', contentType: 'application/pdf' },
};

/** Patterns of the library too short to be believed. */
const CONFIRMED: Readonly<Record<string, (head: Buffer) => boolean>> = {
  // "BM" and the length of the header that follows.
  bmp: (head) => head.length > 18 && [12, 40, 52, 56, 64, 108, 124].includes(head.readUInt32LE(14)),
  // Texts may say "The free…": as the length of a box their letters are half a gigabyte and more.
  mov: (head) => head.readUInt32BE(0) < 0x20000000,
  // The library takes any G for the beginning of a transport stream.
  mpeg: (head) => head.length > 4 && head.readUIntBE(0, 3) === 1,
  // The number of pictures, and a byte that is always 0.
  ico: (head) => head.length > 22 && head.readUInt16LE(4) > 0 && head[9] === 0,
};

/** What the library lacks, by its first bytes as Latin-1. */
const EXTRA: readonly { readonly pattern: RegExp; readonly type: FileType }[] = [
  { pattern: /^glTF/, type: { extension: 'glb', contentType: 'model/gltf-binary' } },
  { pattern: /^Kaydara FBX Binary/, type: { extension: 'fbx', contentType: 'model/fbx' } },
  { pattern: /^#\?RADIANCE/, type: { extension: 'hdr', contentType: 'image/vnd.radiance' } },
  { pattern: /^(RF64|BW64)[^]{4}WAVE/, type: { extension: 'wav', contentType: 'audio/wav' } },
  { pattern: /^FLV\x01/, type: { extension: 'flv', contentType: 'video/x-flv' } },
  { pattern: /^FORM[^]{4}AIFC/, type: { extension: 'aiff', contentType: 'audio/aiff' } },
  { pattern: /^(\xff\x0a|\0\0\0\x0cJXL )/, type: { extension: 'jxl', contentType: 'image/jxl' } },
  { pattern: /^\0\0\0\x0cjP {2}/, type: { extension: 'jp2', contentType: 'image/jp2' } },
  // Layer III of MPEG 1, 2 and 2.5, with a bit rate and sampling rate that exist.
  {
    pattern: /^\xff[\xfa\xe2\xe3][\x10-\xef]/,
    type: { extension: 'mp3', contentType: 'audio/mpeg' },
  },
];

/** The length of a JSON header, and the header (https://github.com/huggingface/safetensors#format). */
function tensorsType(head: Buffer): FileType | undefined {
  if (head.length < 10 || head.readUInt32LE(4) !== 0) return undefined;
  const isHeader =
    head.readUInt32LE(0) <= 100_000_000 && /^\{\s*"/.test(head.toString('latin1', 8, 32));
  return isHeader
    ? { extension: 'safetensors', contentType: 'application/octet-stream' }
    : undefined;
}

/** Packets of 188 bytes that all begin with a G (ISO/IEC 13818-1). */
function transportStreamType(head: Buffer): FileType | undefined {
  const isStream = [0, 188, 376].every((at) => head[at] === 0x47);
  return isStream ? { extension: 'ts', contentType: 'video/mp2t' } : undefined;
}
