import sharp, { type Metadata } from 'sharp';

import { NodeError } from './node-class';
import type { ImageBatch } from './values';

/** A picture file, always with alpha so that its mask can be taken. */
export interface LoadedImage {
  readonly rgba: ImageBatch;
  readonly hasAlpha: boolean;
}

/**
 * Reads a picture file, each page a frame.
 *
 * @throws NodeError when Pillow could not read it.
 */
export async function loadRgba(path: string): Promise<LoadedImage> {
  const meta = await readableMetadata(path);
  const pages = meta.pages ?? 1;
  const { data, info } = await sharp(path, { animated: pages > 1 })
    .autoOrient()
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const height = info.height / pages;
  const bytes = info.width * height * 4;
  const frames = Array.from({ length: pages }, (_, n) => data.subarray(n * bytes, (n + 1) * bytes));
  return {
    rgba: { kind: 'image', width: info.width, height, channels: 4, frames },
    hasAlpha: meta.hasAlpha,
  };
}

/** Pillow reads these; anything else, text included, it cannot identify. */
const PILLOW_FORMATS: readonly string[] = ['png', 'jpeg', 'webp', 'gif', 'tiff', 'heif', 'jp2'];

async function readableMetadata(path: string): Promise<Metadata> {
  const meta = await sharp(path)
    .metadata()
    .catch(() => undefined);
  if (meta !== undefined && PILLOW_FORMATS.includes(meta.format)) return meta;
  throw new NodeError('PIL.UnidentifiedImageError', `cannot identify image file '${path}'`);
}
