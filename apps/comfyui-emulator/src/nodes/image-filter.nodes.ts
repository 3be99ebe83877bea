import sharp from 'sharp';

import { clamp, mapBytes, zipBytes } from '../media/bytes';
import { mapFrames, pipeline, toRaw, withChannels } from '../media/pixels';
import { chances } from '../media/scene';
import { digestOf } from './digest';
import { NodeError } from './node-class';
import { choice, float, image, int, seed } from './node-input';
import { give, v1Node, v3Node, type NodeTable } from './node-spec';
import type { ImageBatch } from './values';

/** Changing pixels, size and all else kept. */
export const imageFilterNodes = {
  ImageInvert: v1Node({
    category: 'image',
    title: 'Invert Image',
    required: { image: image() },
    outputs: ['IMAGE'],
    run: async ({ image }) =>
      // Alpha is inverted too: to ComfyUI it is one more channel.
      give(await eachFrame(image, (frame) => Promise.resolve(mapBytes(frame, (v) => 255 - v)))),
  }),

  ImageBlur: v3Node({
    module: 'comfy_extras.nodes_post_processing',
    category: 'image/postprocessing',
    required: {
      image: image(),
      blur_radius: int({ default: 1, min: 1, max: 31, step: 1 }),
      sigma: float({ default: 1, min: 0.1, max: 10, step: 0.1 }),
    },
    outputs: ['IMAGE'],
    run: async ({ image, blur_radius, sigma }) => {
      refuseRadius(image, blur_radius);
      return give(await eachFrame(image, (frame) => blur(image, frame, blur_radius, sigma)));
    },
  }),

  ImageSharpen: v3Node({
    module: 'comfy_extras.nodes_post_processing',
    category: 'image/postprocessing',
    required: {
      image: image(),
      sharpen_radius: int({ default: 1, min: 1, max: 31, step: 1 }),
      sigma: float({ default: 1, min: 0.1, max: 10, step: 0.01 }),
      alpha: float({ default: 1, min: 0, max: 5, step: 0.01 }),
    },
    outputs: ['IMAGE'],
    run: async ({ image, sharpen_radius, sigma, alpha }) => {
      refuseRadius(image, sharpen_radius);
      const sharpen = async (frame: Buffer): Promise<Buffer> => {
        const blurred = await blur(image, frame, sharpen_radius, sigma);
        return zipBytes(frame, blurred, (sharp, soft) => sharp + alpha * 10 * (sharp - soft));
      };
      return give(await eachFrame(image, sharpen));
    },
  }),

  ImageQuantize: v3Node({
    module: 'comfy_extras.nodes_post_processing',
    category: 'image/postprocessing',
    required: {
      image: image(),
      colors: int({ default: 256, min: 1, max: 256, step: 1 }),
      dither: choice(['none', 'floyd-steinberg', 'bayer-2', 'bayer-4', 'bayer-8', 'bayer-16']),
    },
    outputs: ['IMAGE'],
    run: async ({ image, colors, dither }) => {
      const amount = dither === 'none' ? 0 : dither === 'floyd-steinberg' ? 1 : 0.5;
      const quantize = async (frame: Buffer): Promise<Buffer> => {
        if (colors === 1) return averageColour(image, frame);
        const options = { palette: true, colours: colors, dither: amount };
        const png = await pipeline(image, frame).png(options).toBuffer();
        return toRaw(withChannels(sharp(png), image.channels), image.channels);
      };
      return give(await eachFrame(image, quantize));
    },
  }),

  ImageAddNoise: v1Node({
    module: 'comfy_extras.nodes_images',
    category: 'image',
    required: {
      image: image(),
      seed: seed(),
      strength: float({ default: 0.5, min: 0, max: 1, step: 0.01 }),
    },
    outputs: ['IMAGE'],
    run: async ({ image, seed, strength }) =>
      give(await eachFrame(image, (frame) => Promise.resolve(addNoise(frame, seed, strength)))),
  }),
} satisfies NodeTable;

export async function eachFrame(
  image: ImageBatch,
  transform: (frame: Buffer) => Promise<Buffer>,
): Promise<ImageBatch> {
  return { ...image, frames: await mapFrames(image.frames, transform) };
}

/** Reflect padding needs a picture larger than the radius; torch words it so. */
function refuseRadius(image: ImageBatch, radius: number): void {
  const { width, height, channels } = image;
  if (radius < width && radius < height) return;
  const dimension = radius >= width ? 3 : 2;
  throw new NodeError(
    'RuntimeError',
    'Argument #4: Padding size should be less than the corresponding input dimension, but got: ' +
      `padding (${radius}, ${radius}) at dimension ${dimension} ` +
      `of input [${image.frames.length}, ${channels}, ${height}, ${width}]\n`,
  );
}

/** A Gaussian cut off at `radius`, as two passes over a mirrored margin. */
async function blur(
  image: ImageBatch,
  frame: Buffer,
  radius: number,
  sigma: number,
): Promise<Buffer> {
  const { width, height, channels } = image;
  const margin = { top: radius, bottom: radius, left: radius, right: radius };
  const padded = await toRaw(
    pipeline(image, frame).extend({ ...margin, extendWith: 'mirror' }),
    channels,
  );
  const like = { width: width + 2 * radius, height: height + 2 * radius, channels };
  const kernel = gaussian(radius, sigma);
  const across = await toRaw(pipeline(like, padded).convolve(row(kernel)), channels);
  const down = await toRaw(pipeline(like, across).convolve(column(kernel)), channels);
  const cut = pipeline(like, down).extract({ left: radius, top: radius, width, height });
  return toRaw(cut, channels);
}

function gaussian(radius: number, sigma: number): number[] {
  const weights = Array.from({ length: 2 * radius + 1 }, (_, index) =>
    Math.exp(-((index - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** sharp wants kernels of at least 3 × 3: the outer rows are zero. */
function row(weights: readonly number[]) {
  const zeros = weights.map(() => 0);
  const kernel = [...zeros, ...weights, ...zeros];
  return { width: weights.length, height: 3, kernel, scale: 1 };
}

function column(weights: readonly number[]) {
  return { width: 3, height: weights.length, kernel: weights.flatMap((w) => [0, w, 0]), scale: 1 };
}

async function averageColour(image: ImageBatch, frame: Buffer): Promise<Buffer> {
  const { channels } = await pipeline(image, frame).stats();
  return Buffer.alloc(frame.length, Buffer.from(channels.map(({ mean }) => Math.round(mean))));
}

/** Gaussian noise, by a sum of three even ones: near enough to the eye and quick. */
function addNoise(frame: Buffer, seed: number | bigint, strength: number): Buffer {
  const chance = chances(digestOf(seed));
  const noisy = Buffer.allocUnsafe(frame.length);
  for (let at = 0; at < frame.length; at++) {
    const noise = (chance() + chance() + chance() - 1.5) * 2;
    noisy[at] = clamp((frame[at] ?? 0) + noise * strength * 255);
  }
  return noisy;
}
