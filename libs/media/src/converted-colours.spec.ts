import sharp from 'sharp';

import type { OutputConversion } from './output-conversion';
import { ConversionBench, largestDifference, rgba } from './testing/conversion.bench';

let bench: ConversionBench;

beforeEach(async () => {
  bench = await ConversionBench.open();
});

afterEach(() => bench.close());

const WIDTH = 256;
const HEIGHT = 4;

/** Steps finer than 8 bits can tell apart. */
function deep(channels: 1 | 2 | 3 | 4): Uint16Array {
  return Uint16Array.from({ length: WIDTH * HEIGHT * channels }, (_value, at) => {
    const channel = at % channels;
    const column = Math.floor(at / channels) % WIDTH;
    return channels % 2 === 0 && channel === channels - 1 ? 40_001 : column * 200 + channel * 3 + 7;
  });
}

function aDeepPicture(channels: 1 | 2 | 3 | 4): Promise<Buffer> {
  return sharp(deep(channels), { raw: { width: WIDTH, height: HEIGHT, channels } })
    .toColourspace(channels < 3 ? 'grey16' : 'rgb16')
    .png()
    .toBuffer();
}

async function deepPixels(path: string, space: 'grey16' | 'rgb16'): Promise<Uint16Array> {
  const bytes = await sharp(path).toColourspace(space).raw({ depth: 'ushort' }).toBuffer();
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
}

describe('a picture of 16 bits per channel', () => {
  it.each([
    [1, 'grey16'],
    [2, 'grey16'],
    [3, 'rgb16'],
    [4, 'rgb16'],
  ] as const)('is the same as a PNG, to the last bit (%i channels)', async (channels, space) => {
    const { path } = await bench.convert(await aDeepPicture(channels), { format: 'png' });
    expect(await sharp(path).metadata()).toMatchObject({ depth: 'ushort', channels });
    expect(await deepPixels(path, space)).toEqual(deep(channels));
  });

  it.each<[OutputConversion, number]>([
    [{ format: 'webp', options: { lossless: true } }, 1],
    [{ format: 'avif', options: { lossless: true } }, 1],
    [{ format: 'jpeg', options: { quality: 100, chromaSubsampling: '4:4:4' } }, 3],
    [{ format: 'png', options: { palette: true } }, 1],
  ])('is brought down to 8 bits: %j', async (conversion, tolerance) => {
    const picture = await aDeepPicture(3);
    expect(await bench.metadataOf(picture, conversion)).toMatchObject({ depth: 'uchar' });
    const expected = Buffer.from(Uint8Array.from(deep(3), (value) => value / 257));
    const opaque = await rgba(
      await sharp(expected, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
        .png()
        .toBuffer(),
    );
    const pixels = await bench.pixelsOf(picture, conversion);
    expect(largestDifference(pixels, opaque)).toBeLessThanOrEqual(tolerance);
  });

  it('becomes a palette of the colours that were asked for', async () => {
    const conversion: OutputConversion = { format: 'png', options: { colours: 4 } };
    expect(await bench.metadataOf(await aDeepPicture(3), conversion)).toMatchObject({
      isPalette: true,
      bitsPerSample: 2,
    });
  });

  it.each([
    [10, 64],
    [12, 16],
  ] as const)('keeps %i of them in an AVIF that is told to', async (bitdepth, step) => {
    const options = { bitdepth, lossless: true };
    const { path } = await bench.convert(await aDeepPicture(3), { format: 'avif', options });
    expect(await sharp(path).metadata()).toMatchObject({ bitsPerSample: bitdepth });
    const before = deep(3);
    const pixels = await deepPixels(path, 'rgb16');
    const worst = pixels.reduce((most, value, at) => {
      return Math.max(most, Math.abs(value - (before[at] ?? 0)));
    }, 0);
    expect(worst).toBeLessThan(step);
  });
});

describe('transparency', () => {
  function seeThrough(): Promise<Buffer> {
    const background = { r: 200, g: 100, b: 0, alpha: 0.5 };
    return sharp({ create: { width: 16, height: 16, channels: 4, background } })
      .png()
      .toBuffer();
  }

  it.each<OutputConversion>([
    { format: 'png' },
    { format: 'webp' },
    { format: 'avif' },
    { format: 'png', options: { palette: true } },
  ])('is kept: %j', async (conversion) => {
    const picture = await seeThrough();
    const pixels = await bench.pixelsOf(picture, conversion);
    expect(largestDifference(pixels, await rgba(picture))).toBeLessThanOrEqual(4);
    expect(pixels[3]).toBe(128);
  });

  it('is laid over black in a JPEG, which has none', async () => {
    const pixels = await bench.pixelsOf(await seeThrough(), { format: 'jpeg' });
    const half = Buffer.from(Array.from({ length: 256 }, () => [100, 50, 0, 255]).flat());
    expect(largestDifference(pixels, half)).toBeLessThanOrEqual(4);
  });
});

describe('a picture in grey', () => {
  it.each(['png', 'jpeg', 'webp', 'avif'] as const)('is as grey as a %s', async (format) => {
    const grey = await sharp(
      Buffer.from(Array.from({ length: WIDTH * HEIGHT }, (_value, at) => at % WIDTH)),
      { raw: { width: WIDTH, height: HEIGHT, channels: 1 } },
    )
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect(await sharp(grey).metadata()).toMatchObject({ channels: 1 });
    const pixels = await bench.pixelsOf(grey, { format });
    expect(largestDifference(pixels, await rgba(grey))).toBeLessThanOrEqual(8);
  });
});
