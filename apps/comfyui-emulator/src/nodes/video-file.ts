import { readFile } from 'node:fs/promises';

import sharp from 'sharp';

import { toRaw } from '../media/pixels';
import { readMp4, type Mp4Facts } from '../media/mp4.reader';
import { paintScene } from '../media/scene';
import { digestOf } from './digest';
import { NodeError } from './node-class';
import type { ImageBatch, Video } from './values';

/**
 * Reads a video: our own files frame by frame, foreign ones (their codecs are beyond us) as a scene
 * of the same size, length and frame rate that their content decides.
 *
 * @throws NodeError when the file is no video.
 */
export async function readVideo(path: string): Promise<Video> {
  const content = await readFile(path);
  const facts = readMp4(content) ?? (isMatroska(content) ? ASSUMED : undefined);
  if (facts !== undefined) {
    return { kind: 'video', images: await framesOf(facts, content), fps: facts.fps };
  }
  return readAnimation(path, content);
}

const ASSUMED: Mp4Facts = { width: 512, height: 512, fps: 24, frames: 24, jpegs: [] };
/** Enough for any rehearsal; longer foreign videos are cut. */
const MAX_FOREIGN_FRAMES = 240;
const DISTINCT_MOMENTS = 16;

function isMatroska(content: Buffer): boolean {
  return content.length > 4 && content.readUInt32BE(0) === 0x1a45dfa3;
}

async function framesOf(facts: Mp4Facts, content: Buffer): Promise<ImageBatch> {
  const { width, height, jpegs } = facts;
  const frames =
    jpegs.length > 0
      ? await Promise.all(jpegs.map((jpeg) => toRaw(sharp(jpeg).removeAlpha(), 3)))
      : await standIns(facts, digestOf(content));
  return { kind: 'image', width, height, channels: 3, frames };
}

async function standIns({ width, height, frames }: Mp4Facts, seed: string): Promise<Buffer[]> {
  const count = Math.min(Math.max(1, frames), MAX_FOREIGN_FRAMES);
  const distinct = Math.min(count, DISTINCT_MOMENTS);
  const moments = await Promise.all(
    Array.from({ length: distinct }, (_, index) =>
      paintScene({ width, height, seed, moment: index / distinct }),
    ),
  );
  return Array.from(
    { length: count },
    (_, index) => moments[Math.floor((index * distinct) / count)] ?? Buffer.alloc(0),
  );
}

/** GIF and WEBP. */
async function readAnimation(path: string, content: Buffer): Promise<Video> {
  const decoded = await sharp(content, { animated: true })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(() => undefined);
  if (decoded === undefined) throw invalidData(path);
  const { delay, pages = 1 } = await sharp(content).metadata();
  const { data, info } = decoded;
  const height = info.height / pages;
  const bytes = info.width * height * 3;
  const frames = Array.from({ length: pages }, (_, n) => data.subarray(n * bytes, (n + 1) * bytes));
  const images: ImageBatch = { kind: 'image', width: info.width, height, channels: 3, frames };
  return { kind: 'video', images, fps: 1000 / (delay?.[0] || 100) };
}

/** As PyAV words it. */
export function invalidData(path: string): NodeError {
  return new NodeError(
    'av.error.InvalidDataError',
    `[Errno 1094995529] Invalid data found when processing input: '${path}'`,
  );
}
