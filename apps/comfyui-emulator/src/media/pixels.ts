import sharp, { type Sharp } from 'sharp';

/** Raw frames of one size, as sharp needs them described. */
export interface Frames {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly frames: readonly Buffer[];
}

/** A pipeline over one raw frame. */
export function pipeline(like: Omit<Frames, 'frames'>, frame: Buffer): Sharp {
  const { width, height, channels } = like;
  return sharp(frame, { raw: { width, height, channels } });
}

/** The raw bytes a pipeline ends in, with as many channels as asked for. */
export async function toRaw(image: Sharp, channels: 1 | 3 | 4): Promise<Buffer> {
  const space = channels === 1 ? 'b-w' : 'srgb';
  return image.toColourspace(space).raw().toBuffer();
}

/** Adds or drops an alpha channel as needed. */
export function withChannels(image: Sharp, channels: 3 | 4): Sharp {
  return channels === 4 ? image.ensureAlpha() : image.removeAlpha();
}

/** Applies `transform` to every frame; a buffer that stands for several frames is worked on once. */
export async function mapFrames<T>(
  frames: readonly Buffer[],
  transform: (frame: Buffer) => Promise<T>,
): Promise<T[]> {
  const done = new Map<Buffer, Promise<T>>();
  return Promise.all(
    frames.map((frame) => {
      const known = done.get(frame) ?? transform(frame);
      done.set(frame, known);
      return known;
    }),
  );
}
