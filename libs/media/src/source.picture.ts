import type SharpFactory from 'sharp';
import type { Sharp } from 'sharp';

import { unfoldApng, type UnfoldedAnimation } from './apng/apng.unfolding';

/** What of a picture its target can hold. */
export interface TargetAbilities {
  readonly animated: boolean;
  /** More than 8 bits per channel. */
  readonly deep: boolean;
}

export type Timing = Pick<UnfoldedAnimation, 'delay' | 'loop'>;

/** A picture to be encoded. */
export interface SourcePicture {
  readonly image: Sharp;
  /** Of an animation that sharp is told nothing of by the files it reads. */
  readonly timing?: Timing;
}

/**
 * Opens a picture with as much of it as its target can hold. `workDir` takes what has to be written
 * for it and must stay until the picture is encoded.
 *
 * @throws Error when it cannot be read.
 */
export async function openPicture(
  path: string,
  workDir: string,
  { animated, deep }: TargetAbilities,
): Promise<SourcePicture> {
  // Loaded for the first picture: many gateways never convert one.
  const { default: sharp } = await import('sharp');
  const animation = animated ? await unfoldApng(path, workDir) : undefined;
  if (animation) {
    const { frames, delay, loop } = animation;
    return { image: joined(sharp, frames), timing: { delay, loop } };
  }
  const image = sharp(path, { animated });
  return { image: deep ? await keepingDepth(image) : image };
}

/** Encoder options with the times of the source, where they do not say otherwise. */
export function withTiming<T extends { readonly delay?: number | number[] }>(
  options: T,
  { delay, loop }: Timing,
): T {
  const asked = options.delay;
  // Of several pictures joined, sharp would give one delay to the first only.
  const delays = typeof asked === 'number' ? delay.map(() => asked) : (asked ?? [...delay]);
  return { loop, ...options, delay: delays };
}

function joined(sharp: typeof SharpFactory, frames: readonly string[]): Sharp {
  // sharp joins no fewer than two.
  return frames.length === 1 ? sharp(frames[0]) : sharp([...frames], { join: { animated: true } });
}

/** Left alone, sharp makes 8 bits per channel of 16, whatever the target. */
async function keepingDepth(image: Sharp): Promise<Sharp> {
  const { depth, space } = await image.metadata();
  if (depth !== 'ushort') return image;
  return image.toColourspace(space === 'grey16' ? 'grey16' : 'rgb16');
}
