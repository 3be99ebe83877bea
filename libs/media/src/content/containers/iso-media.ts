import type { FileType } from '../file-types';

/**
 * Files of ISO base media boxes (ISO/IEC 14496-12) begin with an `ftyp` box: a brand says what they
 * are, and more brands what else can read them.
 */
export function isoMediaType(head: Buffer): FileType | undefined {
  if (head.toString('latin1', 4, 8) !== 'ftyp') return undefined;
  const brand = head.toString('latin1', 8, 12);
  const others = head.toString('latin1', 16, Math.max(16, head.readUInt32BE(0)));
  const brands = [brand, ...(others.match(/[^]{4}/g) ?? [])];
  // `mif1` and `msf1` are any HEIF: the others tell which.
  if (/^mif|^msf/.test(brand)) return brands.map(stillOf).find(Boolean) ?? HEIF;
  return stillOf(brand) ?? SOUND_AND_VIDEO.find(([known]) => known.test(brand))?.[1] ?? MP4;
}

function stillOf(brand: string): FileType | undefined {
  if (/^avi[fs]$/.test(brand)) return { extension: 'avif', contentType: 'image/avif' };
  return /^he(ic|ix|im|is|vc|vx)$/.test(brand)
    ? { extension: 'heic', contentType: 'image/heic' }
    : undefined;
}

const HEIF: FileType = { extension: 'heif', contentType: 'image/heif' };
const MP4: FileType = { extension: 'mp4', contentType: 'video/mp4' };

const SOUND_AND_VIDEO: readonly (readonly [RegExp, FileType])[] = [
  [/^qt {2}$/, { extension: 'mov', contentType: 'video/quicktime' }],
  [/^M4[AB] $/, { extension: 'm4a', contentType: 'audio/mp4' }],
  [/^3g/, { extension: '3gp', contentType: 'video/3gpp' }],
];
