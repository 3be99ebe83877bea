import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { encodeAnimatedGif, encodeAnimatedWebp } from '../media/animation';
import { encodeMp4 } from '../media/mp4';
import type { Frames } from '../media/pixels';
import { encodePng } from '../media/png';
import { encodeWebm } from '../media/webm';
import { metadataText } from './file-save';
import type { NodeContext, NodeResult } from './node-class';
import { nextSavePath } from './save-path';
import type { Audio, ImageBatch } from './values';

interface CombineFormat {
  readonly extension: string;
  readonly encode: (images: Frames, fps: number) => Promise<Buffer>;
}

const webp = (images: Frames, fps: number): Promise<Buffer> =>
  encodeAnimatedWebp(images, { fps, lossless: true, quality: 80, effort: 4 });
const mp4: CombineFormat = { extension: 'mp4', encode: encodeMp4 };
const webm: CombineFormat = { extension: 'webm', encode: encodeWebm };

/** Formats on offer; codecs are ours, containers and names are real. */
export const COMBINE_FORMATS: Readonly<Record<string, CombineFormat>> = {
  'image/gif': { extension: 'gif', encode: encodeAnimatedGif },
  'image/webp': { extension: 'webp', encode: webp },
  'video/av1-webm': webm,
  'video/ffv1-mkv': { ...webm, extension: 'mkv' },
  'video/h264-mp4': mp4,
  'video/h265-mp4': mp4,
  'video/nvenc_av1-mp4': mp4,
  'video/nvenc_h264-mp4': mp4,
  'video/nvenc_hevc-mp4': mp4,
  'video/webm': webm,
};

export interface Combination {
  readonly images: ImageBatch;
  readonly frame_rate: number;
  readonly filename_prefix: string;
  readonly format: string;
  readonly pingpong: boolean;
  readonly save_output: boolean;
  readonly audio?: Audio | undefined;
}

/** Writes the video and, as the pack does, its first frame with the graph beside it. */
export async function combineVideo(
  combination: Combination,
  context: NodeContext,
): Promise<NodeResult> {
  const { images, frame_rate, filename_prefix, format, pingpong, save_output, audio } = combination;
  const type = save_output ? 'output' : 'temp';
  const path = await nextSavePath(filename_prefix, context.folders[type], images);
  const counter = await nextNumber(path.folder, path.name);
  const stem = `${path.name}_${String(counter).padStart(5, '0')}`;
  const { extension, encode } = COMBINE_FORMATS[format] ?? mp4;
  const shown = pingpong
    ? { ...images, frames: [...images.frames, ...images.frames.slice(1, -1).reverse()] }
    : images;
  const write = (file: string, content: Buffer) => writeFile(join(path.folder, file), content);
  const still = `${stem}.png`;
  const silent = `${stem}.${extension}`;
  const text = metadataText(context);
  await write(still, await encodePng(images, images.frames[0] ?? Buffer.alloc(0), { text }));
  const content = await encode(shown, frame_rate);
  await write(silent, content);
  const files = [still, silent];
  if (audio !== undefined && format.startsWith('video/')) {
    // The pack keeps the silent file and shows the one it muxed; ours has no sound to add.
    files.push(`${stem}-audio.${extension}`);
    await write(`${stem}-audio.${extension}`, content);
  }
  const filename = files.at(-1) ?? silent;
  const fullpath = join(path.folder, filename);
  const facts = { type, format, frame_rate, workflow: still, fullpath };
  return {
    outputs: [[save_output, files.map((file) => join(path.folder, file))]],
    ui: { gifs: [{ filename, subfolder: path.subfolder, ...facts }] },
  };
}

/** The pack numbers without the trailing `_` of core nodes, so it counts by itself. */
async function nextNumber(folder: string, name: string): Promise<number> {
  const numbers = (await readdir(folder)).map((file) => {
    const rest = file.startsWith(`${name}_`) ? file.slice(name.length + 1) : '';
    return Number(/^(\d+)\D*\../.exec(rest)?.[1] ?? 0);
  });
  return numbers.reduce((highest, number) => Math.max(highest, number), 0) + 1;
}
