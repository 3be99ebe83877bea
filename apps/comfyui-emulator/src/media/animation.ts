import sharp, { type Sharp } from 'sharp';

import type { Frames } from './pixels';

export interface AnimatedWebpOptions {
  readonly fps: number;
  readonly lossless: boolean;
  readonly quality: number;
  /** 0 is fastest, 6 smallest. */
  readonly effort: number;
  /** EXIF strings of the first directory, such as `Model`. */
  readonly exif?: Readonly<Record<string, string>>;
}

/** An animated WEBP that plays for ever. */
export async function encodeAnimatedWebp(
  images: Frames,
  { fps, lossless, quality, effort, exif }: AnimatedWebpOptions,
): Promise<Buffer> {
  const image = stacked(images);
  const described = exif === undefined ? image : image.withExif({ IFD0: exif });
  const delay = delays(images, fps);
  return described
    .webp({ lossless, quality: Math.max(1, quality), effort, delay, loop: 0 })
    .toBuffer();
}

/** An animated GIF that plays for ever. */
export async function encodeAnimatedGif(images: Frames, fps: number): Promise<Buffer> {
  return stacked(images)
    .gif({ delay: delays(images, fps), loop: 0 })
    .toBuffer();
}

function stacked({ width, height, channels, frames }: Frames): Sharp {
  return sharp(Buffer.concat(frames), {
    raw: { width, height: height * frames.length, channels, pageHeight: height },
  });
}

function delays({ frames }: Frames, fps: number): number[] {
  return Array<number>(frames.length).fill(Math.trunc(1000 / fps));
}
