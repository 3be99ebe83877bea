import { pipeline, mapFrames, toRaw } from '../media/pixels';
import { NodeError } from './node-class';
import { float, image, int } from './node-input';
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
} satisfies NodeTable;

export async function eachFrame(
  image: ImageBatch,
  transform: (frame: Buffer) => Promise<Buffer>,
): Promise<ImageBatch> {
  return { ...image, frames: await mapFrames(image.frames, transform) };
}

/** A copy with each byte replaced. */
export function mapBytes(frame: Buffer, byte: (value: number) => number): Buffer {
  const table = Uint8Array.from({ length: 256 }, (_, value) => byte(value));
  const mapped = Buffer.allocUnsafe(frame.length);
  for (let at = 0; at < frame.length; at++) mapped[at] = table[frame[at] ?? 0] ?? 0;
  return mapped;
}

/** Reflect padding needs a picture larger than the radius; torch words it so. */
export function refuseRadius(image: ImageBatch, radius: number): void {
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
export async function blur(
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
