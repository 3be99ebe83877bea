import { encodePng } from '../media/png';
import { digestOf } from './digest';
import { metadataText, saveFiles, type SavedFile } from './file-save';
import type { NodeContext } from './node-class';
import { image, text } from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import type { ImageBatch } from './values';

/** Still pictures to files and to the socket. */
export const imageSaveNodes = {
  SaveImage: v1Node({
    category: 'image',
    title: 'Save Image',
    description: 'Saves the input images to your ComfyUI output directory.',
    required: { images: image(), filename_prefix: text({ default: 'ComfyUI' }) },
    outputs: [],
    saves: true,
    run: async ({ images, filename_prefix }, context) => ({
      outputs: [],
      ui: { images: await savePngs(images, filename_prefix, 'output', context) },
    }),
  }),

  PreviewImage: v1Node({
    category: 'image',
    title: 'Preview Image',
    description: 'Saves the input images to your ComfyUI output directory.',
    required: { images: image() },
    outputs: [],
    saves: true,
    run: async ({ images }, context) => ({
      outputs: [],
      ui: { images: await savePngs(images, tempPrefix(context), 'temp', context) },
    }),
  }),

  SaveImageWebsocket: v1Node({
    module: 'custom_nodes.websocket_image_save',
    category: 'api/image',
    required: { images: image() },
    outputs: [],
    isOutput: true,
    // Never cached: what went over a socket is gone.
    fingerprint: () => Promise.resolve(performance.timeOrigin + performance.now()),
    run: async ({ images }, context) => {
      for (const [index, frame] of images.frames.entries()) {
        const png = await encodePng(images, frame);
        await context.progress(index, images.frames.length, { format: 'image/png', image: png });
      }
      return give();
    },
  }),
} satisfies NodeTable;

/** `ComfyUI_temp_` and five letters that stay the same for a node while the process lives. */
export function tempPrefix(context: NodeContext): string {
  const digest = digestOf(context.nodeId, process.pid, Math.floor(performance.timeOrigin));
  const letters = [...Buffer.from(digest, 'hex').subarray(0, 5)].map((byte) =>
    String.fromCharCode(97 + (byte % 26)),
  );
  return `ComfyUI_temp_${letters.join('')}`;
}

/** Saves every frame as a PNG under consecutive numbers of the prefix. */
export async function savePngs(
  images: ImageBatch,
  prefix: string,
  type: 'output' | 'temp',
  context: NodeContext,
): Promise<SavedFile[]> {
  const options = { compressionLevel: type === 'temp' ? 1 : 4, text: metadataText(context) };
  const encoded = images.frames.map((frame) => () => encodePng(images, frame, options));
  return saveFiles({ context, prefix, type, size: images, extension: 'png' }, encoded);
}
