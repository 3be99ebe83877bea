import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { readApngFrames, readApngHeader } from './apng.reader';
import { FrameCanvas } from './frame.canvas';

/** The frames of an animation as whole pictures, each in a file of its own. */
export interface UnfoldedAnimation {
  readonly frames: readonly string[];
  /** Milliseconds each frame is shown. */
  readonly delay: readonly number[];
  /** How often it is played; 0 is for ever. */
  readonly loop: number;
}

/**
 * Writes the frames of an animated PNG into a folder: libvips reads the first one only. Nothing when
 * the file is no animated PNG. One frame at a time is in memory.
 *
 * @throws Error when the animation is broken.
 */
export async function unfoldApng(
  path: string,
  dir: string,
): Promise<UnfoldedAnimation | undefined> {
  const file = await open(path);
  try {
    const header = await readApngHeader(file);
    if (!header) return undefined;
    const { default: sharp } = await import('sharp');
    const { width, height, plays } = header;
    const canvas = new FrameCanvas({ width, height });
    const frames: string[] = [];
    const delay: number[] = [];
    for await (const frame of readApngFrames(file)) {
      const framePath = join(dir, `frame-${frames.length}.png`);
      await canvas.draw(frame, (pixels) =>
        sharp(pixels, { raw: { width, height, channels: 4 } })
          .png({ compressionLevel: 1 })
          .toFile(framePath),
      );
      frames.push(framePath);
      delay.push(clamp(frame.control.delayMs, SHORTEST_DELAY_MS, LONGEST));
    }
    return { frames, delay, loop: clamp(plays, 0, LONGEST) };
  } finally {
    await file.close();
  }
}

/** libvips takes 10 ms and less for "no delay given", and writes 100 ms. */
const SHORTEST_DELAY_MS = 11;
/** The largest delay and loop count sharp takes. */
const LONGEST = 0xffff;

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
