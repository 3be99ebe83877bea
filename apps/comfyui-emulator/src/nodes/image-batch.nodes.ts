import { pipeline, toRaw, withChannels } from '../media/pixels';
import { eachFrame } from './image-filter.nodes';
import { scaleImage } from './image-scale.nodes';
import { image, int } from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import type { ImageBatch } from './values';

/** Putting frames together and taking them apart. */
export const imageBatchNodes = {
  ImageBatch: v1Node({
    category: 'image',
    title: 'Batch Images',
    required: { image1: image(), image2: image() },
    outputs: ['IMAGE'],
    run: async ({ image1, image2 }) => give(await joinBatches(image1, image2)),
  }),

  RepeatImageBatch: v1Node({
    module: 'comfy_extras.nodes_images',
    category: 'image/batch',
    required: { image: image(), amount: int({ default: 1, min: 1, max: 4096 }) },
    outputs: ['IMAGE'],
    run: ({ image, amount }) => {
      const frames = Array.from({ length: amount }, () => image.frames).flat();
      return give({ ...image, frames });
    },
  }),

  ImageFromBatch: v1Node({
    module: 'comfy_extras.nodes_images',
    category: 'image/batch',
    required: {
      image: image(),
      batch_index: int({ default: 0, min: 0, max: 4095 }),
      length: int({ default: 1, min: 1, max: 4096 }),
    },
    outputs: ['IMAGE'],
    run: ({ image, batch_index, length }) => {
      const first = Math.min(batch_index, image.frames.length - 1);
      return give({ ...image, frames: image.frames.slice(first, first + length) });
    },
  }),
} satisfies NodeTable;

/** The second batch takes the size of the first. */
export async function joinBatches(first: ImageBatch, second: ImageBatch): Promise<ImageBatch> {
  const channels = first.channels === 4 || second.channels === 4 ? 4 : 3;
  const size = { width: first.width, height: first.height };
  const fitted = await scaleImage(second, size, 'bilinear', true);
  const [one, two] = await Promise.all([
    convertChannels(first, channels),
    convertChannels(fitted, channels),
  ]);
  return { ...one, frames: [...one.frames, ...two.frames] };
}

/** The same pictures with or without an alpha channel. */
export async function convertChannels(image: ImageBatch, channels: 3 | 4): Promise<ImageBatch> {
  if (image.channels === channels) return image;
  const converted = await eachFrame(image, (frame) =>
    toRaw(withChannels(pipeline(image, frame), channels), channels),
  );
  return { ...converted, channels };
}
