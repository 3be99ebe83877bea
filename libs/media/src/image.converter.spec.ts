import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import sharp from 'sharp';
import { z } from 'zod';

import { isConvertible } from './image.converter';
import type { OutputConversion } from './output-conversion';
import { ConversionBench, largestDifference, rgba } from './testing/conversion.bench';

let bench: ConversionBench;

beforeEach(async () => {
  bench = await ConversionBench.open();
});

afterEach(() => bench.close());

function aPicture(width = 64, height = 48): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 60 };
  return sharp({ create: { width, height, channels: 3, background: '#000', noise } })
    .png()
    .toBuffer();
}

function aGradient(width = 64, height = 48): Promise<Buffer> {
  const pixels = Buffer.from(
    Array.from({ length: width * height }, (_pixel, at) => [
      (at % width) * 3,
      Math.floor(at / width) * 4,
      120,
    ]).flat(),
  );
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

describe('convertImage', () => {
  it.each([
    ['png', 'png', 'image/png'],
    ['jpeg', 'jpeg', 'image/jpeg'],
    ['jpg', 'jpeg', 'image/jpeg'],
    ['webp', 'webp', 'image/webp'],
    ['avif', 'heif', 'image/avif'],
  ] as const)('writes a %s whose bytes are a %s', async (format, decoded, contentType) => {
    const file = await bench.convert(await aPicture(), { format });
    const { size } = await stat(file.path);
    expect(file).toEqual({
      path: join(bench.dir, 'spooled'),
      filename: `a_00001_.${format}`,
      contentType,
      sizeBytes: size,
    });
    expect(await sharp(file.path).metadata()).toMatchObject({
      format: decoded,
      width: 64,
      height: 48,
    });
  });

  it('writes the bytes of a format that sharp has no encoder for', async () => {
    bench.formats.add({
      names: ['raw'],
      contentType: 'image/x-raw',
      description: 'Pixels.',
      options: z.strictObject({}),
      encode: (image) => image.raw().toBuffer(),
    });
    const file = await bench.convert(await aPicture(8, 4), { format: 'raw' });
    expect(file).toMatchObject({ filename: 'a_00001_.raw', contentType: 'image/x-raw' });
    expect(file.sizeBytes).toBe(8 * 4 * 3);
  });

  it('fails for a format that nobody has any more', async () => {
    const converted = bench.convert(await aPicture(), { format: 'gone' });
    await expect(converted).rejects.toMatchObject({ code: 'output.conversion_failed' });
    expect(await bench.files()).toEqual([]);
  });

  it('hands its options to the encoder', async () => {
    const picture = await aPicture();
    const sizes = [];
    for (const quality of [90, 20]) {
      sizes.push(
        (await bench.convert(picture, { format: 'jpeg', options: { quality } })).sizeBytes,
      );
    }
    expect(sizes[0]).toBeGreaterThan(sizes[1]! * 2);
  });

  it.each<[OutputConversion, number]>([
    [{ format: 'png' }, 0],
    [{ format: 'png', options: { progressive: true, compressionLevel: 9 } }, 0],
    [{ format: 'webp', options: { lossless: true } }, 0],
    [{ format: 'avif', options: { lossless: true } }, 0],
    [{ format: 'jpeg', options: { quality: 100, chromaSubsampling: '4:4:4' } }, 4],
    [{ format: 'jpg', options: { mozjpeg: true, quality: 95 } }, 16],
    [{ format: 'webp', options: { quality: 95 } }, 16],
    [{ format: 'avif', options: { quality: 90 } }, 16],
  ])('%j looks as before, give or take %i of 255', async (conversion, tolerance) => {
    const picture = await aGradient();
    const pixels = await bench.pixelsOf(picture, conversion);
    expect(largestDifference(await rgba(picture), pixels)).toBeLessThanOrEqual(tolerance);
  });

  it('reads a file where it is, and leaves it there', async () => {
    const path = join(bench.dir, 'original.png');
    const picture = await aPicture();
    await writeFile(path, picture);
    const unread = new Readable({
      read: () => {
        throw new Error('it is read');
      },
    });
    const file = await bench.convert(unread, { format: 'webp' }, 'original.png', path);
    expect(await sharp(file.path).metadata()).toMatchObject({ format: 'webp', width: 64 });
    expect((await readFile(path)).equals(picture)).toBe(true);
    expect((await bench.files()).sort()).toEqual(['original.png', 'spooled']);
  });

  it('reads the bytes of a file that cannot be linked', async () => {
    const gone = join(bench.dir, 'gone.png');
    const file = await bench.convert(await aPicture(), { format: 'png' }, 'a.png', gone);
    expect(await sharp(file.path).metadata()).toMatchObject({ width: 64 });
  });

  it('leaves nothing but the converted file', async () => {
    await bench.convert(await aPicture(), { format: 'webp' });
    expect(await bench.files()).toEqual(['spooled']);
  });

  it('converts another picture under the same name', async () => {
    for (const background of ['#f00', '#00f']) {
      const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background } })
        .png()
        .toBuffer();
      expect(await bench.pixelsOf(picture, { format: 'png' })).toEqual(await rgba(picture));
    }
  });

  it('leaves the event loop to others while it converts a large picture', async () => {
    const picture = await aPicture(2500, 2500);
    let turns = 0;
    let converting = true;
    const turn = (): void => {
      turns += 1;
      if (converting) setImmediate(turn);
    };
    setImmediate(turn);
    await bench.convert(picture, { format: 'webp' }).finally(() => (converting = false));
    // Encoding takes much longer than a turn; were it done in this thread there would be a handful.
    expect(turns).toBeGreaterThan(1000);
  });

  it('takes an option that is undefined for one that is not there', async () => {
    const conversion = { format: 'jpeg', options: { quality: undefined } } as OutputConversion;
    expect((await bench.convert(await aPicture(), conversion)).sizeBytes).toBeGreaterThan(0);
  });

  it.each<OutputConversion>([
    {
      format: 'png',
      options: {
        progressive: true,
        compressionLevel: 0,
        adaptiveFiltering: true,
        palette: true,
        quality: 0,
        effort: 1,
        colours: 2,
        dither: 0,
      },
    },
    { format: 'png', options: { compressionLevel: 9, quality: 100, effort: 10, colors: 256 } },
    {
      format: 'jpeg',
      options: {
        quality: 1,
        progressive: true,
        chromaSubsampling: '4:4:4',
        optimizeCoding: false,
        optimiseCoding: true,
        mozjpeg: true,
        trellisQuantisation: true,
        overshootDeringing: true,
        optimizeScans: true,
        optimiseScans: true,
        trellisQuantization: true,
        quantizationTable: 0,
        quantisationTable: 8,
      },
    },
    {
      format: 'webp',
      options: {
        quality: 1,
        alphaQuality: 0,
        lossless: true,
        nearLossless: true,
        smartSubsample: true,
        smartDeblock: true,
        preset: 'drawing',
        effort: 0,
        loop: 65_535,
        delay: 65_535,
        minSize: true,
        mixed: true,
        exact: true,
      },
    },
    { format: 'webp', options: { delay: [1], effort: 6, quality: 100 } },
    { format: 'webp', options: { delay: [0, 65_535], loop: 0, preset: 'default' } },
    {
      format: 'avif',
      options: {
        quality: 1,
        lossless: true,
        effort: 0,
        chromaSubsampling: '4:4:4',
        bitdepth: 8,
        tune: 'iq',
      },
    },
    { format: 'avif', options: { quality: 100, effort: 9, bitdepth: 10, tune: 'psnr' } },
    { format: 'avif', options: { chromaSubsampling: '4:2:0', bitdepth: 12, tune: 'ssim' } },
    { format: 'avif', options: { tune: 'auto' } },
  ])('can encode with every option that is let in, at its limits: %j', async (conversion) => {
    expect(bench.formats.schema.parse(conversion)).toEqual(conversion);
    expect((await bench.convert(await aPicture(), conversion)).sizeBytes).toBeGreaterThan(0);
  });

  it.each([
    ['a.b.png', 'a.b.webp'],
    ['no-extension', 'no-extension.webp'],
    ['UPPER.PNG', 'UPPER.webp'],
  ])('calls %s then %s', async (filename, converted) => {
    expect((await bench.convert(await aPicture(), { format: 'webp' }, filename)).filename).toBe(
      converted,
    );
  });
});

describe('a picture that cannot be converted', () => {
  async function failureOf(conversion: Promise<unknown>): Promise<unknown> {
    const error = await conversion.then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(await bench.files()).toEqual([]);
    return error;
  }

  it('is reported by name and format, with nothing left behind: bytes of no picture', async () => {
    const error = await failureOf(bench.convert(Buffer.from('not a picture'), { format: 'webp' }));
    expect(error).toMatchObject({
      code: 'output.conversion_failed',
      filename: 'a_00001_.png',
      format: 'webp',
    });
    expect((error as Error).message).toMatch(/^a_00001_\.png could not be converted to webp: ./);
  });

  it('is reported when it breaks off', async () => {
    const picture = await aPicture(1024, 1024);
    const most = picture.subarray(0, picture.length * 0.9);
    const error = await failureOf(bench.convert(most, { format: 'png' }));
    expect(error).toMatchObject({ code: 'output.conversion_failed' });
  });

  it('is reported when the format cannot hold it', async () => {
    const error = await failureOf(bench.convert(await aPicture(16_384, 1), { format: 'webp' }));
    expect((error as Error).message).toContain('too large');
  });

  it('is reported when its stream fails, which is the cause', async () => {
    const picture = await aPicture();
    const broken = new Error('the file changed while it was read');
    function* half(): Generator<Buffer> {
      yield picture.subarray(0, 500);
      throw broken;
    }
    const error = await failureOf(bench.convert(Readable.from(half()), { format: 'png' }));
    expect(error).toMatchObject({ code: 'output.conversion_failed', cause: broken });
  });

  it('lets go of its stream when the encoder refuses the options', async () => {
    const source = Readable.from([await aPicture()]);
    const conversion = { format: 'jpeg', options: { quality: 1000 } } as OutputConversion;
    const error = await failureOf(bench.convert(source, conversion));
    expect(error).toMatchObject({ code: 'output.conversion_failed' });
    expect(source.destroyed).toBe(true);
  });
});

describe('isConvertible', () => {
  it.each([
    ['image/png', true],
    ['image/webp', true],
    ['image/svg+xml', false],
    ['video/mp4', false],
    ['text/plain', false],
    ['application/octet-stream', false],
  ])('%s: %s', (contentType, expected) => {
    expect(isConvertible(contentType)).toBe(expected);
  });
});
