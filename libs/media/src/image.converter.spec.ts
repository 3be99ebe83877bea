import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import sharp from 'sharp';

import { convertImage, isConvertible } from './image.converter';
import { outputConversionSchema, type OutputConversion } from './output-conversion';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'convert-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

function aPicture(width = 64, height = 48): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 60 };
  return sharp({ create: { width, height, channels: 3, background: '#000', noise } })
    .png()
    .toBuffer();
}

async function anAnimation(frames: number): Promise<Buffer> {
  const pages = ['#f00', '#0f0', '#00f', '#fff'].slice(0, frames).map((background) => ({
    create: { width: 8, height: 8, channels: 3 as const, background },
  }));
  return sharp(await Promise.all(pages.map((page) => sharp(page).png().toBuffer())), {
    join: { animated: true },
  })
    .webp({ loop: 0, delay: pages.map(() => 100) })
    .toBuffer();
}

function convert(
  bytes: Buffer | Readable,
  conversion: OutputConversion,
  filename = 'a_00001_.png',
) {
  const stream = bytes instanceof Readable ? bytes : Readable.from([bytes]);
  return convertImage({ filename, bytes: stream }, conversion, { dir, name: 'spooled' });
}

describe('convertImage', () => {
  it.each([
    ['png', 'png', 'image/png'],
    ['jpeg', 'jpeg', 'image/jpeg'],
    ['jpg', 'jpeg', 'image/jpeg'],
    ['webp', 'webp', 'image/webp'],
  ] as const)('writes a %s whose bytes are a %s', async (format, decoded, contentType) => {
    const file = await convert(await aPicture(), { format });
    const { size } = await stat(file.path);
    expect(file).toEqual({
      path: join(dir, 'spooled'),
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

  it('hands its options to the encoder', async () => {
    const picture = await aPicture();
    const sizes = [];
    for (const quality of [90, 20]) {
      sizes.push((await convert(picture, { format: 'jpeg', options: { quality } })).sizeBytes);
    }
    expect(sizes[0]).toBeGreaterThan(sizes[1]! * 2);
  });

  it('keeps the pixels of a lossless WEBP', async () => {
    const picture = await aPicture();
    const file = await convert(picture, { format: 'webp', options: { lossless: true } });
    const [before, after] = [picture, await readFile(file.path)].map((bytes) =>
      sharp(bytes).raw().toBuffer(),
    );
    expect((await before!).equals(await after!)).toBe(true);
  });

  it('takes an option that is undefined for one that is not there', async () => {
    const conversion = { format: 'jpeg', options: { quality: undefined } } as OutputConversion;
    expect((await convert(await aPicture(), conversion)).sizeBytes).toBeGreaterThan(0);
  });

  it.each<OutputConversion>([
    {
      format: 'png',
      options: {
        progressive: true,
        compressionLevel: 0,
        adaptiveFiltering: true,
        palette: true,
        quality: 1,
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
      },
    },
    { format: 'webp', options: { delay: [1], effort: 6, quality: 100 } },
    { format: 'webp', options: { delay: [0, 65_535], loop: 0, preset: 'default' } },
  ])('can encode with every option that is let in, at its limits: %j', async (conversion) => {
    expect(outputConversionSchema.parse(conversion)).toEqual(conversion);
    expect((await convert(await aPicture(), conversion)).sizeBytes).toBeGreaterThan(0);
  });

  it('keeps the frames of an animation where the format has frames', async () => {
    const file = await convert(await anAnimation(3), { format: 'webp' }, 'a.webp');
    expect((await sharp(file.path, { animated: true }).metadata()).pages).toBe(3);
  });

  it('takes the first frame where the format has none', async () => {
    const file = await convert(await anAnimation(3), { format: 'png' }, 'a.webp');
    expect(file.filename).toBe('a.png');
    expect(await sharp(file.path).metadata()).toMatchObject({ width: 8, height: 8 });
  });

  it.each([
    ['a.b.png', 'a.b.webp'],
    ['no-extension', 'no-extension.webp'],
    ['UPPER.PNG', 'UPPER.webp'],
  ])('calls %s then %s', async (filename, converted) => {
    expect((await convert(await aPicture(), { format: 'webp' }, filename)).filename).toBe(
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
    expect(await readdir(dir)).toEqual([]);
    return error;
  }

  it('is reported by name and format, with nothing left behind: bytes of no picture', async () => {
    const error = await failureOf(convert(Buffer.from('not a picture'), { format: 'webp' }));
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
    const error = await failureOf(convert(most, { format: 'png' }));
    expect(error).toMatchObject({ code: 'output.conversion_failed' });
  });

  it('is reported when its stream fails, which is the cause', async () => {
    const picture = await aPicture();
    const broken = new Error('the file changed while it was read');
    function* half(): Generator<Buffer> {
      yield picture.subarray(0, 500);
      throw broken;
    }
    const error = await failureOf(convert(Readable.from(half()), { format: 'png' }));
    expect(error).toMatchObject({ code: 'output.conversion_failed', cause: broken });
  });

  it('lets go of its stream when the encoder refuses the options', async () => {
    const source = Readable.from([await aPicture()]);
    const conversion = { format: 'jpeg', options: { quality: 1000 } } as OutputConversion;
    const error = await failureOf(convert(source, conversion));
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
