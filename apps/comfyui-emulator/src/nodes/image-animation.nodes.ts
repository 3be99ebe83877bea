import { encodeAnimatedWebp } from '../media/animation';
import { encodeApng } from '../media/apng';
import { metadataText, saveFile } from './file-save';
import type { NodeContext } from './node-class';
import { bool, choice, float, image, int, text } from './node-input';
import { v1Node, type NodeTable } from './node-spec';

const MODULE = 'comfy_extras.nodes_images';
const FPS = { default: 6, min: 0.01, max: 1000, step: 0.01 };

/** Pictures that move. */
export const imageAnimationNodes = {
  SaveAnimatedWEBP: v1Node({
    module: MODULE,
    category: 'image/animation',
    required: {
      images: image(),
      filename_prefix: text({ default: 'ComfyUI' }),
      fps: float(FPS),
      lossless: bool({ default: true }),
      quality: int({ default: 80, min: 0, max: 100 }),
      method: choice(['default', 'fastest', 'slowest']),
    },
    outputs: [],
    saves: true,
    run: async ({ images, filename_prefix: prefix, method, ...options }, context) => {
      const effort = method === 'fastest' ? 0 : method === 'slowest' ? 6 : 4;
      const exif = exifOf(context);
      const webp = await encodeAnimatedWebp(images, { ...options, effort, ...(exif && { exif }) });
      const file = await saveFile({ context, prefix, size: images, extension: 'webp' }, webp);
      return { outputs: [], ui: { images: [file], animated: [images.frames.length !== 1] } };
    },
  }),

  SaveAnimatedPNG: v1Node({
    module: MODULE,
    category: 'image/animation',
    required: {
      images: image(),
      filename_prefix: text({ default: 'ComfyUI' }),
      fps: float(FPS),
      compress_level: int({ default: 4, min: 0, max: 9 }),
    },
    outputs: [],
    saves: true,
    run: async ({ images, filename_prefix: prefix, fps, compress_level }, context) => {
      const text = metadataText(context);
      const png = await encodeApng(images, { fps, compressionLevel: compress_level, text });
      const file = await saveFile({ context, prefix, size: images, extension: 'png' }, png);
      return { outputs: [], ui: { images: [file], animated: [true] } };
    },
  }),
} satisfies NodeTable;

/** `Model` holds the graph and `Make` the workflow, each after its key and a colon. */
function exifOf(context: NodeContext): Record<string, string> | undefined {
  const [prompt, workflow] = Object.entries(metadataText(context)).map(
    ([key, value]) => `${key}:${value}`,
  );
  if (prompt === undefined) return undefined;
  return { Model: prompt, ...(workflow !== undefined && { Make: workflow }) };
}
