import { zipBytes } from '../media/bytes';
import { paste, plain, type Raster } from '../media/paste';
import { convertChannels } from './image-batch.nodes';
import { scaleImage } from './image-scale.nodes';
import { scaleMask } from './mask-scale';
import { NodeError } from './node-class';
import { bool, choice, float, image, int, mask, MAX_RESOLUTION } from './node-input';
import { give, v1Node, v3Node, type NodeTable } from './node-spec';
import { stitch, STITCH_COLOURS, STITCH_DIRECTIONS } from './stitch';
import type { ImageBatch, MaskBatch } from './values';

const OFFSET = { default: 0, min: 0, max: MAX_RESOLUTION, step: 1 };

/** Making one picture of several. */
export const imageComposeNodes = {
  ImageBlend: v3Node({
    module: 'comfy_extras.nodes_post_processing',
    category: 'image/postprocessing',
    required: {
      image1: image(),
      image2: image(),
      blend_factor: float({ default: 0.5, min: 0, max: 1, step: 0.01 }),
      blend_mode: choice(['normal', 'multiply', 'screen', 'overlay', 'soft_light', 'difference']),
    },
    outputs: ['IMAGE'],
    run: async ({ image1, image2, blend_factor, blend_mode }) => {
      const mode = BLEND_MODES[blend_mode];
      if (mode === undefined) {
        throw new NodeError('ValueError', `Unsupported blend mode: ${blend_mode}`);
      }
      const blended = (a: number, b: number): number =>
        a + (mode(a / 255, b / 255) * 255 - a) * blend_factor;
      return give(await pairFrames(image1, image2, (one, other) => zipBytes(one, other, blended)));
    },
  }),

  ImageStitch: v1Node({
    module: 'comfy_extras.nodes_images',
    category: 'image',
    title: 'Image Stitch',
    description: 'Stitches image2 to image1 in the specified direction.',
    required: {
      image1: image(),
      direction: choice(STITCH_DIRECTIONS, { default: 'right' }),
      match_image_size: bool({ default: true }),
      spacing_width: int({ default: 0, min: 0, max: 1024, step: 2 }),
      spacing_color: choice(Object.keys(STITCH_COLOURS), { default: 'white' }),
    },
    optional: { image2: image() },
    outputs: ['IMAGE'],
    run: async ({ image1, image2, ...layout }) =>
      give(image2 === undefined ? image1 : await stitch(image1, image2, layout)),
  }),

  ImageCompositeMasked: v1Node({
    module: 'comfy_extras.nodes_mask',
    category: 'image',
    required: {
      destination: image(),
      source: image(),
      x: int(OFFSET),
      y: int(OFFSET),
      resize_source: bool({ default: false }),
    },
    optional: { mask: mask() },
    outputs: ['IMAGE'],
    run: async ({ destination, source, x, y, resize_source, mask }) => {
      const laid = resize_source ? await scaleImage(source, destination, 'bilinear') : source;
      const cover = mask && (await scaleMask(mask, laid));
      return give(compose(destination, laid, x, y, cover));
    },
  }),

  JoinImageWithAlpha: v1Node({
    module: 'comfy_extras.nodes_compositing',
    category: 'mask/compositing',
    title: 'Join Image with Alpha',
    required: { image: image(), alpha: mask() },
    outputs: ['IMAGE'],
    run: async ({ image, alpha }) => {
      const [rgba, cover] = await Promise.all([convertChannels(image, 4), scaleMask(alpha, image)]);
      const frames = rgba.frames.map((frame, index) => withAlpha(frame, frameOf(cover, index)));
      return give({ ...rgba, frames });
    },
  }),
} satisfies NodeTable;

/** Blend formulas on channel values from 0 to 1. */
const BLEND_MODES: Readonly<Record<string, (a: number, b: number) => number>> = {
  normal: (_a, b) => b,
  multiply: (a, b) => a * b,
  screen: (a, b) => 1 - (1 - a) * (1 - b),
  overlay: (a, b) => (a <= 0.5 ? 2 * a * b : 1 - 2 * (1 - a) * (1 - b)),
  soft_light: (a, b) =>
    b <= 0.5 ? a - (1 - 2 * b) * a * (1 - a) : a + (2 * b - 1) * (softLight(a) - a),
  difference: (a, b) => a - b,
};

function softLight(value: number): number {
  return value <= 0.25 ? ((16 * value - 12) * value + 4) * value : Math.sqrt(value);
}

async function pairFrames(
  first: ImageBatch,
  second: ImageBatch,
  combine: (one: Buffer, other: Buffer) => Buffer,
): Promise<ImageBatch> {
  const size = { width: first.width, height: first.height };
  const scaled = await scaleImage(second, size, 'bicubic', true);
  const other = await convertChannels(scaled, first.channels);
  const frames = first.frames.map((frame, index) => combine(frame, frameOf(other, index)));
  return { ...first, frames };
}

function compose(
  destination: ImageBatch,
  source: ImageBatch,
  x: number,
  y: number,
  cover: MaskBatch | undefined,
): ImageBatch {
  const left = Math.min(x, destination.width);
  const top = Math.min(y, destination.height);
  const frames = destination.frames.map((pixels, index) => {
    const laid: Raster = { ...source, pixels: frameOf(source, index) };
    const share = cover && frameOf(cover, index);
    return paste({ ...destination, pixels }, laid, left, top, share).pixels;
  });
  return { ...destination, frames };
}

/** Masks are turned round: a masked pixel is a transparent one. */
function withAlpha(rgba: Buffer, mask: Buffer): Buffer {
  const joined = Buffer.from(rgba);
  for (let pixel = 0; pixel < mask.length; pixel++)
    joined[pixel * 4 + 3] = 255 - (mask[pixel] ?? 0);
  return joined;
}

/** Shorter batches start over. */
function frameOf({ frames }: ImageBatch | MaskBatch, index: number): Buffer {
  return frames[index % frames.length] ?? plain(0, 0, [0]).pixels;
}
