import { paintScene } from '../media/scene';
import { digestOf } from './digest';
import { scaleImage } from './image-scale.nodes';
import { scaleMask } from './mask-scale';
import type { ImageBatch, Latent, LatentSource, Opaque } from './values';

/** The picture a latent stands for: same latent and VAE, same bytes. */
export async function decode(latent: Latent, vae: Opaque): Promise<ImageBatch> {
  const { width, height, source } = latent;
  if (latent.state === 'encoded' && source !== undefined) return scaleImage(source.images, latent);
  const frames =
    latent.state === 'sampled'
      ? await paintFrames(latent, digestOf(latent.digest, vae))
      : Array<Buffer>(latent.frames).fill(Buffer.alloc(width * height * 3, GREY));
  const painted: ImageBatch = { kind: 'image', width, height, channels: 3, frames };
  return source === undefined ? painted : mixWithSource(painted, source);
}

const GREY = 127;

/** More moments than this would take memory and show nothing new. */
const MAX_MOMENTS = 32;

async function paintFrames(latent: Latent, seed: string): Promise<Buffer[]> {
  const { width, height, frames, animated } = latent;
  if (!animated) {
    return Promise.all(
      Array.from({ length: frames }, (_, index) =>
        paintScene({ width, height, seed: index === 0 ? seed : digestOf(seed, index) }),
      ),
    );
  }
  const count = Math.min(frames, MAX_MOMENTS);
  const moments = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      paintScene({ width, height, seed, moment: index / count }),
    ),
  );
  return Array.from(
    { length: frames },
    (_, index) => moments[Math.floor((index * count) / frames)] ?? Buffer.alloc(0),
  );
}

async function mixWithSource(painted: ImageBatch, source: LatentSource): Promise<ImageBatch> {
  const under = await scaleImage(source.images, painted);
  const mask = source.mask && (await scaleMask(source.mask, painted));
  const isStill = under.frames.length === 1 && (mask?.frames.length ?? 1) === 1;
  const frames: Buffer[] = [];
  for (const [index, frame] of painted.frames.entries()) {
    const last = frames.at(-1);
    if (isStill && last !== undefined && frame === painted.frames[index - 1]) {
      frames.push(last);
      continue;
    }
    const below = under.frames[index % under.frames.length] ?? frame;
    const open = mask?.frames[index % mask.frames.length];
    const share = (pixel: number) => (1 - source.kept) * (open ? (open[pixel] ?? 0) / 255 : 1);
    frames.push(mix(frame, below, share));
  }
  return { ...painted, frames };
}

/** `share(pixel)` of the upper RGB picture over the lower one. */
function mix(upper: Buffer, lower: Buffer, share: (pixel: number) => number): Buffer {
  const mixed = Buffer.allocUnsafe(upper.length);
  for (let pixel = 0, at = 0; at < upper.length; pixel++) {
    const part = share(pixel);
    for (const end = at + 3; at < end; at++) {
      const below = lower[at] ?? 0;
      mixed[at] = Math.round(below + ((upper[at] ?? 0) - below) * part);
    }
  }
  return mixed;
}
