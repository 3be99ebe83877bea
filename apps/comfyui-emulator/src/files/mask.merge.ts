import { parseJson } from '@gateway/comfy-protocol';
import sharp from 'sharp';

import type { Folders } from '../folders';
import type { MakeContent } from './upload.placement';
import { resolveView } from './view.target';

/**
 * For `/upload/mask`: the original's colours with the uploaded picture's alpha, as PNG.
 *
 * Writes nothing, and still counts as uploaded, when the original is missing or refused.
 *
 * @param originalRef JSON of `{ filename, type, subfolder }`
 * @throws SyntaxError or TypeError for a reference that is not such an object.
 */
export function mergeMaskInto(originalRef: string, folders: Folders): MakeContent {
  const reference = parseJson(originalRef);
  if (typeof reference !== 'object' || reference === null || Array.isArray(reference)) {
    throw new TypeError('original_ref is not a dict');
  }
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(reference)) {
    if (typeof value === 'string') query.set(name, value);
  }
  return async ({ bytes }) => {
    const target = resolveView(query, folders);
    if (target.outcome === 'refused') return undefined;
    const original = await sharp(target.path)
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
      .catch(() => undefined);
    if (original === undefined) return undefined;
    const { width, height } = original.info;
    const alpha = await sharp(bytes)
      .ensureAlpha()
      .resize(width, height, { fit: 'fill' })
      .extractChannel('alpha')
      .raw()
      .toBuffer();
    return sharp(original.data, { raw: { width, height, channels: 3 } })
      .joinChannel(alpha, { raw: { width, height, channels: 1 } })
      .png({ compressionLevel: 4 })
      .toBuffer();
  };
}
