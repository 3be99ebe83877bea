import { mapBytes } from '../media/bytes';
import { mapFrames, pipeline, toRaw } from '../media/pixels';
import { savePngs, tempPrefix } from './image-save.nodes';
import { choice, float, image, mask, pixels } from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import type { ImageBatch, MaskBatch } from './values';

const MODULE = 'comfy_extras.nodes_mask';
const CHANNELS = ['red', 'green', 'blue', 'alpha'] as const;

/** Masks. */
export const maskNodes = {
  SolidMask: v1Node({
    module: MODULE,
    category: 'mask',
    required: {
      value: float({ default: 1, min: 0, max: 1, step: 0.01 }),
      width: pixels({ step: 1 }),
      height: pixels({ step: 1 }),
    },
    outputs: ['MASK'],
    run: ({ value, width, height }) => {
      const frames = [Buffer.alloc(width * height, Math.round(value * 255))];
      return give({ kind: 'mask', width, height, frames } satisfies MaskBatch);
    },
  }),

  MaskToImage: v1Node({
    module: MODULE,
    category: 'mask',
    title: 'Convert Mask to Image',
    required: { mask: mask() },
    outputs: ['IMAGE'],
    run: async ({ mask }) => give(await maskToImage(mask)),
  }),

  ImageToMask: v1Node({
    module: MODULE,
    category: 'mask',
    title: 'Convert Image to Mask',
    required: { image: image(), channel: choice(CHANNELS) },
    outputs: ['MASK'],
    run: async ({ image, channel }) => {
      const { width, height } = image;
      const at = CHANNELS.indexOf(channel as (typeof CHANNELS)[number]);
      const frames = await mapFrames(image.frames, (frame) => channelOf(image, frame, at));
      return give({ kind: 'mask', width, height, frames } satisfies MaskBatch);
    },
  }),

  InvertMask: v1Node({
    module: MODULE,
    category: 'mask',
    required: { mask: mask() },
    outputs: ['MASK'],
    run: ({ mask }) =>
      give({ ...mask, frames: mask.frames.map((f) => mapBytes(f, (value) => 255 - value)) }),
  }),

  MaskPreview: v1Node({
    module: MODULE,
    category: 'mask',
    title: 'Preview Mask',
    description: 'Saves the input images to your ComfyUI output directory.',
    required: { mask: mask() },
    outputs: [],
    saves: true,
    run: async ({ mask }, context) => {
      const images = await maskToImage(mask);
      return {
        outputs: [],
        ui: { images: await savePngs(images, tempPrefix(context), 'temp', context) },
      };
    },
  }),
} satisfies NodeTable;

async function maskToImage(mask: MaskBatch): Promise<ImageBatch> {
  const { width, height } = mask;
  const frames = await mapFrames(mask.frames, (frame) => Promise.resolve(tripled(frame)));
  return { kind: 'image', width, height, channels: 3, frames };
}

function tripled(frame: Buffer): Buffer {
  const rgb = Buffer.allocUnsafe(frame.length * 3);
  for (let at = 0; at < rgb.length; at++) rgb[at] = frame[Math.trunc(at / 3)] ?? 0;
  return rgb;
}

/** A picture without alpha is opaque everywhere. */
function channelOf(image: ImageBatch, frame: Buffer, channel: number): Promise<Buffer> {
  const wide = pipeline(image, frame).ensureAlpha();
  return toRaw(wide.extractChannel(channel as 0 | 1 | 2 | 3), 1);
}
