import { mapBytes } from '../media/bytes';
import { mapFrames, pipeline, toRaw } from '../media/pixels';
import { fileHash, IMAGE_FILES, inputFile, resolveAnnotated } from './input-files';
import { loadRgba } from './image-file';
import type { NodeResult } from './node-class';
import { choice, image, int, pixels } from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import type { ImageBatch, MaskBatch } from './values';

/** Images from nothing and from files. */
export const imageSourceNodes = {
  EmptyImage: v1Node({
    category: 'image',
    required: {
      width: pixels({ step: 1 }),
      height: pixels({ step: 1 }),
      batch_size: int({ default: 1, min: 1, max: 4096 }),
      color: int({ default: 0, min: 0, max: 0xffffff, step: 1, display: 'color' }),
    },
    outputs: ['IMAGE'],
    run: ({ width, height, batch_size, color }) => {
      const frame = Buffer.alloc(width * height * 3, Buffer.from(rgb(color)));
      const frames = Array.from({ length: batch_size }, () => frame);
      return give({ kind: 'image', width, height, channels: 3, frames } satisfies ImageBatch);
    },
  }),

  LoadImage: v1Node({
    category: 'image',
    title: 'Load Image',
    required: { image: inputFile(IMAGE_FILES, { image_upload: true }) },
    outputs: ['IMAGE', 'MASK'],
    fingerprint: fileHash('image'),
    run: async (inputs, { folders }) => loadWithMask(resolveAnnotated(inputs.image, folders)),
  }),

  LoadImageOutput: v1Node({
    category: 'image',
    title: 'Load Image (from Outputs)',
    description: 'Load an image from the output folder.',
    required: {
      image: {
        ...inputFile(IMAGE_FILES),
        describe: () => [
          'COMBO',
          { image_upload: true, image_folder: 'output', remote: OUTPUT_FILES },
        ],
      },
    },
    outputs: ['IMAGE', 'MASK'],
    fingerprint: fileHash('image'),
    run: async (inputs, { folders }) => loadWithMask(resolveAnnotated(inputs.image, folders)),
  }),

  LoadImageMask: v1Node({
    category: 'mask',
    title: 'Load Image (as Mask)',
    required: {
      image: inputFile(IMAGE_FILES, { image_upload: true }),
      channel: choice(['alpha', 'red', 'green', 'blue']),
    },
    outputs: ['MASK'],
    fingerprint: fileHash('image'),
    run: async (inputs, { folders }) => {
      const { rgba, hasAlpha } = await loadRgba(resolveAnnotated(inputs.image, folders));
      if (inputs.channel === 'alpha' && !hasAlpha) return give(NO_MASK);
      return give(await maskOf(rgba, ['red', 'green', 'blue', 'alpha'].indexOf(inputs.channel)));
    },
  }),

  GetImageSize: v1Node({
    module: 'comfy_extras.nodes_images',
    category: 'image',
    title: 'Get Image Size',
    description: 'Returns width and height of the image, and passes it through unchanged.',
    required: { image: image() },
    hidden: { unique_id: 'UNIQUE_ID' },
    outputs: ['INT', 'INT', 'INT'],
    outputNames: ['width', 'height', 'batch_size'],
    run: ({ image: { width, height, frames } }, context) => {
      context.sendText(`width: ${width}, height: ${height}\n batch size: ${frames.length}`);
      return give(width, height, frames.length);
    },
  }),
} satisfies NodeTable;

/** Where a user interface finds the list of outputs. */
const OUTPUT_FILES = {
  route: '/internal/files/output',
  refresh_button: true,
  control_after_refresh: 'first',
};

async function loadWithMask(path: string): Promise<NodeResult> {
  const { rgba, hasAlpha } = await loadRgba(path);
  return give(await withoutAlpha(rgba), hasAlpha ? await maskOf(rgba, 3) : NO_MASK);
}

/** The mask of a picture without alpha: ComfyUI's fixed 64 × 64 zeros. */
const NO_MASK: MaskBatch = { kind: 'mask', width: 64, height: 64, frames: [Buffer.alloc(64 * 64)] };

function rgb(color: number): [number, number, number] {
  return [(color >> 16) & 0xff, (color >> 8) & 0xff, color & 0xff];
}

async function withoutAlpha(rgba: ImageBatch): Promise<ImageBatch> {
  const frames = await mapFrames(rgba.frames, (frame) =>
    toRaw(pipeline(rgba, frame).removeAlpha(), 3),
  );
  return { ...rgba, channels: 3, frames };
}

/** One channel as a mask. Alpha is turned round: a transparent pixel is a masked one. */
async function maskOf(rgba: ImageBatch, channel: number): Promise<MaskBatch> {
  const frames = await mapFrames(rgba.frames, async (frame) => {
    const values = await toRaw(pipeline(rgba, frame).extractChannel(channel as 0 | 1 | 2 | 3), 1);
    return channel === 3 ? mapBytes(values, (value) => 255 - value) : values;
  });
  return { kind: 'mask', width: rgba.width, height: rgba.height, frames };
}
