import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

import sharp from 'sharp';

import { anApng, apngChunks, type ApngSketch, type FrameSketch } from '../testing/apng.builder';
import { unfoldApng, type UnfoldedAnimation } from './apng.unfolding';
import { PNG_SIGNATURE, pngChunk } from './png-chunks';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'apng-'));
});

afterEach(() => rm(dir, { recursive: true }));

async function unfold(bytes: Buffer): Promise<UnfoldedAnimation | undefined> {
  const path = join(dir, 'original');
  await writeFile(path, bytes);
  return unfoldApng(path, dir);
}

const LETTERS: Readonly<Record<string, string>> = {
  '255,0,0,255': 'R',
  '0,255,0,255': 'G',
  '0,0,255,255': 'B',
  '0,0,0,0': '.',
};

/** Each frame as rows of letters; other colours are written out. */
async function drawn(sketch: ApngSketch): Promise<string[]> {
  const animation = await unfold(anApng(sketch));
  return Promise.all((animation?.frames ?? []).map((frame) => letters(frame, sketch.width)));
}

async function letters(frame: string, width: number): Promise<string> {
  const pixels = await sharp(frame).raw().toBuffer();
  const names = Array.from({ length: pixels.length / 4 }, (_pixel, at) => {
    const colour = [...pixels.subarray(at * 4, at * 4 + 4)].join();
    return LETTERS[colour] ?? `(${colour})`;
  });
  return Array.from({ length: names.length / width }, (_row, row) =>
    names.slice(row * width, (row + 1) * width).join(''),
  ).join(' ');
}

const RED: FrameSketch = { colour: [255, 0, 0, 255] };
const GREEN: FrameSketch = { colour: [0, 255, 0, 255], left: 1, top: 1, width: 2, height: 1 };
const BLUE: FrameSketch = { colour: [0, 0, 255, 255], left: 0, top: 0, width: 1, height: 1 };
const SIZE = { width: 3, height: 2 };

const INVISIBLE = { ...GREEN, colour: [0, 0, 0, 0] } as const;
const HALF_GREEN = { ...GREEN, colour: [0, 255, 0, 128] } as const;

describe('unfoldApng', () => {
  it('draws each frame where it belongs, over those before', async () => {
    const frames = [RED, GREEN, BLUE];
    expect(await drawn({ ...SIZE, frames })).toEqual(['RRR RRR', 'RRR RGG', 'BRR RGG']);
  });

  it('clears the region of a frame that asks for it', async () => {
    const frames = [RED, { ...GREEN, dispose: 1 as const }, BLUE];
    expect(await drawn({ ...SIZE, frames })).toEqual(['RRR RRR', 'RRR RGG', 'BRR R..']);
  });

  it('takes back a frame that asks for it', async () => {
    const frames = [RED, { ...GREEN, dispose: 2 as const }, BLUE];
    expect(await drawn({ ...SIZE, frames })).toEqual(['RRR RRR', 'RRR RGG', 'BRR RRR']);
  });

  it.each([1, 2] as const)('begins anew after a first frame disposed of by %i', async (dispose) => {
    const frames = [{ ...RED, dispose }, GREEN];
    expect(await drawn({ ...SIZE, frames })).toEqual(['RRR RRR', '... .GG']);
  });

  it('replaces or lays over, as a frame asks', async () => {
    const [, replaced] = await drawn({ ...SIZE, frames: [RED, INVISIBLE] });
    expect(replaced).toBe('RRR R..');
    const [, over] = await drawn({ ...SIZE, frames: [RED, { ...INVISIBLE, blend: 1 }] });
    expect(over).toBe('RRR RRR');
    const [, mixed] = await drawn({ ...SIZE, frames: [RED, { ...HALF_GREEN, blend: 1 }] });
    expect(mixed).toMatch(/^RRR R(\(12[678],12[789],0,255\)){2}$/);
  });

  it('passes over a still picture that is no frame', async () => {
    const frames = [RED, GREEN];
    expect(await drawn({ ...SIZE, frames, stillPicture: [0, 0, 0, 255] })).toEqual([
      'RRR RRR',
      'RRR RGG',
    ]);
  });

  it('scales 16 bits per channel', async () => {
    const frames = [RED, { ...HALF_GREEN, blend: 1 as const }];
    const [first, second] = await drawn({ ...SIZE, frames, depth: 16 });
    expect(first).toBe('RRR RRR');
    expect(second).toMatch(/^RRR R(\(12[678],12[789],0,255\)){2}$/);
  });

  it('understands frames by the palette and transparency of the whole', async () => {
    const palette = Buffer.from([255, 0, 0, 0, 0, 255]);
    const pixels = (...rows: number[][]): Buffer =>
      deflateSync(Buffer.from(rows.flatMap((row) => [0, ...row])));
    const control = (sequence: number): Buffer =>
      Buffer.from([
        0,
        0,
        0,
        sequence,
        0,
        0,
        0,
        2,
        0,
        0,
        0,
        1,
        ...Array(8).fill(0),
        0,
        1,
        0,
        10,
        0,
        0,
      ]);
    const bytes = Buffer.concat([
      PNG_SIGNATURE,
      pngChunk('IHDR', Buffer.from([0, 0, 0, 2, 0, 0, 0, 1, 8, 3, 0, 0, 0])),
      pngChunk('acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])),
      pngChunk('PLTE', palette),
      pngChunk('fcTL', control(0)),
      pngChunk('tRNS', Buffer.from([255, 255])),
      pngChunk('IDAT', pixels([0, 1])),
      pngChunk('fcTL', control(1)),
      pngChunk('fdAT', Buffer.concat([Buffer.from([0, 0, 0, 2]), pixels([1, 0])])),
      pngChunk('IEND', Buffer.alloc(0)),
    ]);
    const { frames } = (await unfold(bytes))!;
    expect(await Promise.all(frames.map((frame) => letters(frame, 2)))).toEqual(['RB', 'BR']);
  });

  it('gives delays in milliseconds and the loop count', async () => {
    const delays = [
      [1, 20],
      [7, 0],
      [0, 100],
      [1, 120],
      [500, 1],
    ] as const;
    const frames = delays.map((delay) => ({ ...RED, delay }));
    const animation = await unfold(anApng({ ...SIZE, frames, plays: 70_000 }));
    expect(animation?.delay).toEqual([50, 70, 11, 11, 65_535]);
    expect(animation?.loop).toBe(65_535);
  });

  it.each<[string, () => Buffer | Promise<Buffer>]>([
    ['an empty file', () => Buffer.alloc(0)],
    ['what is no PNG', () => Buffer.from('GIF89a and some more')],
    [
      'a still PNG',
      () =>
        sharp({ create: { ...SIZE, channels: 3, background: '#f00' } })
          .png()
          .toBuffer(),
    ],
  ])('has nothing to do with %s', async (_what, bytes) => {
    expect(await unfold(await bytes())).toBeUndefined();
  });
});

describe('a broken animated PNG', () => {
  const chunks = apngChunks({ ...SIZE, frames: [RED, GREEN] });
  // IHDR acTL fcTL IDAT IDAT fcTL fdAT fdAT IEND
  const without = (...places: number[]): Buffer[] => chunks.filter((_, at) => !places.includes(at));

  function damaged(place: number): Buffer[] {
    const copy = Buffer.from(chunks[place]!);
    copy[10]! ^= 1;
    return chunks.map((chunk, at) => (at === place ? copy : chunk));
  }

  it.each<[string, Buffer[], RegExp]>([
    ['breaks off', without(8), /breaks off/],
    ['breaks off in a chunk', [...without(7, 8), chunks[7]!.subarray(0, 14)], /breaks off/],
    ['has a damaged chunk', damaged(6), /damaged fdAT chunk/],
    ['has lost a chunk of pixels', without(6), /out of order/],
    ['has lost a frame', without(5, 6, 7), /says it has 2 frames and has 1/],
    ['has a frame without pixels', without(6, 7), /without pixels/],
    [
      'has a frame that reaches out',
      apngChunks({ ...SIZE, frames: [RED, { ...GREEN, left: 2 }] }),
      /reaches out/,
    ],
    [
      'has a frame of an unknown kind',
      apngChunks({ ...SIZE, frames: [RED, { ...GREEN, dispose: 3 as never }] }),
      /unknown kind/,
    ],
    [
      'has a frame without size',
      apngChunks({ ...SIZE, frames: [{ ...RED, width: 0 }] }),
      /reaches/,
    ],
    ['has no frames', apngChunks({ ...SIZE, frames: [], stillPicture: [0, 0, 0, 0] }), /0 frames/],
    [
      'is larger than any picture may be',
      [
        pngChunk('IHDR', Buffer.from([0, 1, 0, 0, 0, 1, 0, 0, 8, 6, 0, 0, 0])),
        pngChunk('acTL', Buffer.from([0, 0, 0, 1, 0, 0, 0, 0])),
      ],
      /pixel limit/,
    ],
  ])('that %s is refused', async (_what, parts, message) => {
    await expect(unfold(Buffer.concat([PNG_SIGNATURE, ...parts]))).rejects.toThrow(message);
  });
});
