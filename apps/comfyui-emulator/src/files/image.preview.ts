import sharp from 'sharp';

/** An image made from a file for one answer. */
export interface RenderedImage {
  readonly bytes: Buffer;
  readonly type: 'image/webp' | 'image/jpeg' | 'image/png';
}

const DEFAULT_QUALITY = 90;

/**
 * `preview=<format>[;<quality>]`: webp unless jpeg is asked for and no alpha is wanted.
 *
 * @throws when the file is no image.
 */
export async function renderPreview(
  path: string,
  preview: string,
  channel: string,
): Promise<RenderedImage> {
  const [format = '', ...rest] = preview.split(';');
  const last = rest.at(-1) ?? format;
  const quality = /^\d+$/.test(last) ? Math.min(100, Math.max(1, Number(last))) : DEFAULT_QUALITY;
  const image = channel === '' || channel === 'rgb' ? sharp(path).flatten() : sharp(path);
  if (format === 'jpeg' && !channel.includes('a')) {
    return { bytes: await image.jpeg({ quality }).toBuffer(), type: 'image/jpeg' };
  }
  return { bytes: await image.webp({ quality }).toBuffer(), type: 'image/webp' };
}

/** `channel=rgb`: the picture without its alpha. */
export async function renderWithoutAlpha(path: string): Promise<RenderedImage> {
  return { bytes: await sharp(path).removeAlpha().png().toBuffer(), type: 'image/png' };
}

/** `channel=a`: the alpha as alpha of an otherwise empty picture; opaque when there is none. */
export async function renderAlpha(path: string): Promise<RenderedImage> {
  const alpha = await sharp(path).ensureAlpha().extractChannel('alpha').raw().toBuffer({
    resolveWithObject: true,
  });
  const { width, height } = alpha.info;
  const rgba = Buffer.alloc(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    rgba[pixel * 4 + 3] = alpha.data[pixel] ?? 255;
  }
  const bytes = await sharp(rgba, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
  return { bytes, type: 'image/png' };
}
