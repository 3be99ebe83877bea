import { existsSync, readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

import { convertChannels, joinBatches } from './image-batch.nodes';
import { scaleImage } from './image-scale.nodes';
import { loadRgba } from './image-file';
import { IMAGE_FILES, inputFile, resolveAnnotated, VIDEO_FILES } from './input-files';
import { NodeError, type NodeResult } from './node-class';
import { anything, audio, bool, choice, float, image, int, text, vae } from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import { combineVideo, COMBINE_FORMATS } from './video-combine';
import { readVideo } from './video-file';
import type { ImageBatch, MaskBatch } from './values';

const MODULE = 'custom_nodes.comfyui-videohelpersuite';
const CATEGORY = 'Video Helper Suite 🎥🅥🅗🅢';
const COUNT = { default: 0, min: 0, max: 9007199254740991, step: 1 };
const EVERY_NTH = { ...COUNT, default: 1, min: 1 };

/** The nodes of VideoHelperSuite that most video workflows use. */
export const videoHelperNodes = {
  VHS_VideoCombine: v1Node({
    module: MODULE,
    category: CATEGORY,
    title: 'Video Combine 🎥🅥🅗🅢',
    required: {
      images: image(),
      frame_rate: float({ default: 8, min: 1, step: 1 }),
      loop_count: int({ default: 0, min: 0, max: 100, step: 1 }),
      filename_prefix: text({ default: 'AnimateDiff' }),
      format: choice(Object.keys(COMBINE_FORMATS)),
      pingpong: bool({ default: false }),
      save_output: bool({ default: true }),
    },
    optional: {
      audio: audio(),
      meta_batch: anything('VHS_BatchManager'),
      vae: vae(),
    },
    hidden: { unique_id: 'UNIQUE_ID' },
    outputs: ['VHS_FILENAMES'],
    outputNames: ['Filenames'],
    saves: true,
    run: (inputs, context) => combineVideo(inputs, context),
  }),

  VHS_LoadVideo: v1Node({
    module: MODULE,
    category: CATEGORY,
    title: 'Load Video (Upload) 🎥🅥🅗🅢',
    required: {
      video: inputFile(VIDEO_FILES, { video_upload: true }),
      force_rate: float({ default: 0, min: 0, max: 60, step: 1 }),
      custom_width: int({ ...COUNT, max: 8192 }),
      custom_height: int({ ...COUNT, max: 8192 }),
      frame_load_cap: int(COUNT),
      skip_first_frames: int(COUNT),
      select_every_nth: int(EVERY_NTH),
    },
    optional: { meta_batch: anything('VHS_BatchManager'), vae: vae() },
    hidden: { unique_id: 'UNIQUE_ID' },
    outputs: ['IMAGE', 'INT', 'AUDIO', 'VHS_VIDEOINFO'],
    outputNames: ['IMAGE', 'frame_count', 'audio', 'video_info'],
    run: async (inputs, { folders }) => {
      const video = await readVideo(resolveAnnotated(inputs.video, folders));
      const { skip_first_frames: skip, frame_load_cap: cap, select_every_nth: nth } = inputs;
      const frames = select(video.images.frames, { skip, cap, nth });
      const size = customSize(video.images, inputs.custom_width, inputs.custom_height);
      const images = await scaleImage({ ...video.images, frames }, size, 'lanczos');
      return give(images, frames.length, video.audio ?? null, { fps: video.fps, ...size });
    },
  }),

  VHS_LoadImages: v1Node({
    module: MODULE,
    category: CATEGORY,
    title: 'Load Images (Upload) 🎥🅥🅗🅢',
    required: { directory: choice(({ input }) => subfoldersOf(input)) },
    optional: {
      image_load_cap: int(COUNT),
      skip_first_images: int(COUNT),
      select_every_nth: int(EVERY_NTH),
    },
    outputs: ['IMAGE', 'MASK', 'INT'],
    outputNames: ['IMAGE', 'MASK', 'frame_count'],
    run: ({ directory, ...options }, { folders }) =>
      loadFolder(join(folders.input, directory), options),
  }),

  VHS_LoadImagesPath: v1Node({
    module: MODULE,
    category: CATEGORY,
    title: 'Load Images (Path) 🎥🅥🅗🅢',
    required: { directory: text({ placeholder: 'X://path/to/images' }) },
    optional: {
      image_load_cap: int(COUNT),
      skip_first_images: int(COUNT),
      select_every_nth: int(EVERY_NTH),
    },
    outputs: ['IMAGE', 'MASK', 'INT'],
    outputNames: ['IMAGE', 'MASK', 'frame_count'],
    run: ({ directory, ...options }, { folders }) =>
      loadFolder(isAbsolute(directory) ? directory : join(folders.base, directory), options),
  }),
} satisfies NodeTable;

interface Selection {
  readonly skip?: number | undefined;
  /** 0: no cap. */
  readonly cap?: number | undefined;
  readonly nth?: number | undefined;
}

function select<T>(items: readonly T[], { skip = 0, cap = 0, nth = 1 }: Selection): T[] {
  const selected = items.slice(skip).filter((_, index) => index % nth === 0);
  return cap === 0 ? selected : selected.slice(0, cap);
}

/** A side of 0 follows the other one. */
function customSize({ width, height }: ImageBatch, customWidth: number, customHeight: number) {
  if (customWidth === 0 && customHeight === 0) return { width, height };
  return {
    width: customWidth || Math.max(1, Math.round((width * customHeight) / height)),
    height: customHeight || Math.max(1, Math.round((height * customWidth) / width)),
  };
}

function subfoldersOf(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'clipspace')
    .map((entry) => entry.name)
    .sort();
}

interface FolderOptions {
  readonly image_load_cap?: number | undefined;
  readonly skip_first_images?: number | undefined;
  readonly select_every_nth?: number | undefined;
}

async function loadFolder(folder: string, options: FolderOptions): Promise<NodeResult> {
  const listed = await readdir(folder).catch(() => {
    throw new NodeError('FileNotFoundError', `directory is not valid: ${folder}`);
  });
  const names = select(listed.filter((name) => IMAGE_FILES.extensions.test(name)).sort(), {
    skip: options.skip_first_images,
    cap: options.image_load_cap,
    nth: options.select_every_nth,
  });
  const loaded = await Promise.all(names.map((name) => loadRgba(join(folder, name))));
  const [first, ...rest] = await Promise.all(loaded.map(({ rgba }) => convertChannels(rgba, 3)));
  if (first === undefined) {
    throw new NodeError('FileNotFoundError', `No files in directory '${folder}'.`);
  }
  let images = first;
  for (const next of rest) images = await joinBatches(images, next);
  const { width, height } = images;
  const masks = images.frames.map(() => Buffer.alloc(width * height));
  const mask: MaskBatch = { kind: 'mask', width, height, frames: masks };
  return give(images, mask, images.frames.length);
}
