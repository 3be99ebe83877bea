import { stat } from 'node:fs/promises';

import { encodeMp4 } from '../media/mp4';
import { encodeWebm } from '../media/webm';
import { metadataText, saveFile } from './file-save';
import { inputFile, resolveAnnotated, VIDEO_FILES } from './input-files';
import { audio, choice, float, image, text, video } from './node-input';
import { give, v3Node, type NodeTable } from './node-spec';
import type { Video } from './values';
import { readVideo } from './video-file';

const MODULE = 'comfy_extras.nodes_video';
const CATEGORY = 'image/video';

/** Moving pictures with core nodes. */
export const videoNodes = {
  CreateVideo: v3Node({
    module: MODULE,
    category: CATEGORY,
    title: 'Create Video',
    description: 'Create a video from images.',
    required: { images: image(), fps: float({ default: 30, min: 1, max: 120, step: 1 }) },
    optional: { audio: audio() },
    outputs: ['VIDEO'],
    run: ({ images, fps, audio }) =>
      give({ kind: 'video', images, fps, ...(audio && { audio }) } satisfies Video),
  }),

  GetVideoComponents: v3Node({
    module: MODULE,
    category: CATEGORY,
    title: 'Get Video Components',
    description: 'Extracts all components from a video: frames, audio, and framerate.',
    required: { video: video() },
    outputs: ['IMAGE', 'AUDIO', 'FLOAT'],
    outputNames: ['images', 'audio', 'fps'],
    run: ({ video: { images, audio = null, fps } }) => give(images, audio, fps),
  }),

  LoadVideo: v3Node({
    module: MODULE,
    category: CATEGORY,
    title: 'Load Video',
    required: { file: inputFile(VIDEO_FILES, { video_upload: true }) },
    outputs: ['VIDEO'],
    fingerprint: async (inputs, folders) =>
      (await stat(resolveAnnotated(inputs['file'], folders))).mtimeMs / 1000,
    run: async ({ file }, { folders }) => give(await readVideo(resolveAnnotated(file, folders))),
  }),

  SaveVideo: v3Node({
    module: MODULE,
    category: CATEGORY,
    title: 'Save Video',
    description: 'Saves the input images to your ComfyUI output directory.',
    required: {
      video: video(),
      filename_prefix: text({ default: 'video/ComfyUI' }),
      format: choice(['auto', 'mp4'], { default: 'auto' }),
      codec: choice(['auto', 'h264'], { default: 'auto' }),
    },
    outputs: [],
    saves: true,
    run: async ({ video: { images, fps }, filename_prefix: prefix }, context) => {
      const content = await encodeMp4(images, fps, metadataText(context));
      const file = await saveFile({ context, prefix, size: images, extension: 'mp4' }, content);
      return { outputs: [], ui: { images: [file], animated: [true] } };
    },
  }),

  SaveWEBM: v3Node({
    module: MODULE,
    category: CATEGORY,
    required: {
      images: image(),
      filename_prefix: text({ default: 'ComfyUI' }),
      codec: choice(['vp9', 'av1']),
      fps: float({ default: 24, min: 0.01, max: 1000, step: 0.01 }),
      crf: float({ default: 32, min: 0, max: 63, step: 1 }),
    },
    outputs: [],
    saves: true,
    run: async ({ images, filename_prefix: prefix, fps }, context) => {
      const content = await encodeWebm(images, fps);
      const file = await saveFile({ context, prefix, size: images, extension: 'webm' }, content);
      return { outputs: [], ui: { images: [file], animated: [true] } };
    },
  }),
} satisfies NodeTable;
