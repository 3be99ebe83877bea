import type { Sharp } from 'sharp';

import { paste, plain } from '../media/paste';
import { mapFrames, pipeline, toRaw } from '../media/pixels';
import { choice, image, int, MAX_RESOLUTION, pixels } from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import type { ImageBatch, MaskBatch } from './values';

const MODULE = 'comfy_extras.nodes_images';
const MARGIN = { default: 0, min: 0, max: MAX_RESOLUTION, step: 8 };
const OFFSET = { default: 0, min: 0, max: MAX_RESOLUTION, step: 1 };

/** Cutting, turning and extending. */
export const imageTransformNodes = {
  ImageCrop: v1Node({
    module: MODULE,
    category: 'image/transform',
    title: 'Image Crop',
    required: {
      image: image(),
      width: pixels({ step: 1 }),
      height: pixels({ step: 1 }),
      x: int(OFFSET),
      y: int(OFFSET),
    },
    outputs: ['IMAGE'],
    run: async ({ image, width, height, x, y }) => {
      const left = Math.min(x, image.width - 1);
      const top = Math.min(y, image.height - 1);
      const area = {
        left,
        top,
        width: Math.min(width, image.width - left),
        height: Math.min(height, image.height - top),
      };
      return give(await reshape(image, area, (frame) => frame.extract(area)));
    },
  }),

  ImageRotate: v1Node({
    module: MODULE,
    category: 'image/transform',
    required: {
      image: image(),
      rotation: choice(['none', '90 degrees', '180 degrees', '270 degrees']),
    },
    outputs: ['IMAGE'],
    run: async ({ image, rotation }) => {
      if (rotation === 'none') return give(image);
      const degrees = Number.parseInt(rotation, 10);
      const { width, height } = image;
      const size = degrees === 180 ? { width, height } : { width: height, height: width };
      return give(await reshape(image, size, (frame) => frame.rotate(degrees)));
    },
  }),

  ImageFlip: v1Node({
    module: MODULE,
    category: 'image/transform',
    required: {
      image: image(),
      flip_method: choice(['x-axis: vertically', 'y-axis: horizontally']),
    },
    outputs: ['IMAGE'],
    run: async ({ image, flip_method }) => {
      const isUpsideDown = flip_method.startsWith('x');
      const turn = (frame: Sharp): Sharp => (isUpsideDown ? frame.flip() : frame.flop());
      return give(await reshape(image, image, turn));
    },
  }),

  ImagePadForOutpaint: v1Node({
    category: 'image',
    title: 'Pad Image for Outpainting',
    required: {
      image: image(),
      left: int(MARGIN),
      top: int(MARGIN),
      right: int(MARGIN),
      bottom: int(MARGIN),
      feathering: int({ ...OFFSET, default: 40 }),
    },
    outputs: ['IMAGE', 'MASK'],
    run: ({ image, feathering, ...margins }) =>
      give(pad(image, margins), outpaintMask(image, margins, feathering)),
  }),
} satisfies NodeTable;

async function reshape(
  image: ImageBatch,
  { width, height }: { readonly width: number; readonly height: number },
  transform: (frame: Sharp) => Sharp,
): Promise<ImageBatch> {
  const frames = await mapFrames(image.frames, (frame) =>
    toRaw(transform(pipeline(image, frame)), image.channels),
  );
  return { ...image, width, height, frames };
}

interface Margins {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const GREY = 127;

function pad(image: ImageBatch, { left, top, right, bottom }: Margins): ImageBatch {
  const [width, height] = [image.width + left + right, image.height + top + bottom];
  const canvas = plain(width, height, Array<number>(image.channels).fill(GREY));
  const frames = image.frames.map(
    (pixels) => paste(canvas, { ...image, pixels }, left, top).pixels,
  );
  return { ...image, width, height, frames };
}

/** White outside the picture, and fading into it from each side that was extended. */
function outpaintMask(image: ImageBatch, margins: Margins, feathering: number): MaskBatch {
  const { left, top, right, bottom } = margins;
  const width = image.width + left + right;
  const height = image.height + top + bottom;
  const mask = Buffer.alloc(width * height, 255);
  const fades = feathering > 0 && feathering * 2 < image.height && feathering * 2 < image.width;
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      const distance = Math.min(
        top === 0 ? image.height : y,
        bottom === 0 ? image.height : image.height - y,
        left === 0 ? image.width : x,
        right === 0 ? image.width : image.width - x,
      );
      const nearness = fades && distance < feathering ? (feathering - distance) / feathering : 0;
      mask[(y + top) * width + x + left] = Math.round(nearness * nearness * 255);
    }
  }
  return { kind: 'mask', width, height, frames: [mask] };
}
