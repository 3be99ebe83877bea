import sharp from 'sharp';

import type { OutputConversion } from './output-conversion';
import { anApng, apngChunks } from './testing/apng.builder';
import { PNG_SIGNATURE } from './apng/png-chunks';
import { ConversionBench, largestDifference, rgba } from './testing/conversion.bench';

let bench: ConversionBench;

beforeEach(async () => {
  bench = await ConversionBench.open();
});

afterEach(() => bench.close());

const COLOURS = [
  [255, 0, 0, 255],
  [0, 200, 0, 255],
  [0, 0, 255, 128],
] as const;

const TIMES = { delay: [50, 120, 300], loop: 3 };

async function anAnimation(format: 'gif' | 'webp'): Promise<Buffer> {
  const pages = COLOURS.map(([r, g, b]) => ({
    create: { width: 16, height: 16, channels: 3 as const, background: { r, g, b } },
  }));
  const frames = await Promise.all(pages.map((page) => sharp(page).png().toBuffer()));
  const joined = sharp(frames, { join: { animated: true } });
  return format === 'gif' ? joined.gif(TIMES).toBuffer() : joined.webp(TIMES).toBuffer();
}

function anAnimatedPng(): Buffer {
  return anApng({
    width: 16,
    height: 16,
    plays: TIMES.loop,
    frames: COLOURS.map((colour, index) => ({
      colour,
      delay: [TIMES.delay[index] ?? 0, 1000] as const,
    })),
  });
}

const LOSSLESS: OutputConversion = { format: 'webp', options: { lossless: true, exact: true } };

describe('an animation', () => {
  it.each(['gif', 'webp'] as const)(
    'in a %s keeps its frames, delays and loop count as a WEBP',
    async (format) => {
      const animation = await anAnimation(format);
      expect(await bench.metadataOf(animation, LOSSLESS)).toMatchObject({ pages: 3, ...TIMES });
      const pixels = await bench.pixelsOf(animation, LOSSLESS);
      expect(largestDifference(pixels, await rgba(animation))).toBe(0);
    },
  );

  it('in a PNG keeps its frames, delays and loop count as a WEBP', async () => {
    const file = await bench.convert(anAnimatedPng(), LOSSLESS, 'a_00001_.png');
    expect(file).toMatchObject({ filename: 'a_00001_.webp', contentType: 'image/webp' });
    expect(await sharp(file.path, { animated: true }).metadata()).toMatchObject({
      pages: 3,
      width: 16,
      pageHeight: 16,
      ...TIMES,
    });
    const expected = COLOURS.flatMap((colour) => Array.from({ length: 256 }, () => colour).flat());
    expect(await rgba(file.path)).toEqual(Buffer.from(expected));
    expect(await bench.files()).toEqual(['spooled']);
  });

  it.each([
    ['gif', () => anAnimation('gif')],
    ['png', () => Promise.resolve(anAnimatedPng())],
  ] as const)('in a %s takes the times that are asked for', async (_format, animation) => {
    const bytes = await animation();
    const asked = { loop: 7, delay: [40, 50, 60] };
    const conversion: OutputConversion = { format: 'webp', options: asked };
    expect(await bench.metadataOf(bytes, conversion)).toMatchObject({ pages: 3, ...asked });
    const same: OutputConversion = { format: 'webp', options: { delay: 70 } };
    expect(await bench.metadataOf(bytes, same)).toMatchObject({
      loop: TIMES.loop,
      delay: [70, 70, 70],
    });
  });

  it.each([
    ['gif', 'png'],
    ['gif', 'jpeg'],
    ['gif', 'avif'],
    ['png', 'png'],
    ['png', 'jpeg'],
    ['png', 'avif'],
  ] as const)('in a %s is its first frame as a %s', async (source, format) => {
    const animation = source === 'gif' ? await anAnimation('gif') : anAnimatedPng();
    const file = await bench.convert(animation, { format });
    const { width, height, pages = 1 } = await sharp(file.path, { animated: true }).metadata();
    expect({ width, height, pages }).toEqual({ width: 16, height: 16, pages: 1 });
    const red = Buffer.from(Array.from({ length: 256 }, () => COLOURS[0]).flat());
    expect(largestDifference(await rgba(file.path), red)).toBeLessThanOrEqual(4);
  });

  it('of a single frame is a picture', async () => {
    const one = anApng({ width: 4, height: 4, frames: [{ colour: [9, 8, 7, 255] }] });
    const pixels = await bench.pixelsOf(one, LOSSLESS);
    expect(pixels).toEqual(Buffer.from(Array.from({ length: 16 }, () => [9, 8, 7, 255]).flat()));
  });

  it('that breaks off fails, and leaves nothing behind', async () => {
    const chunks = apngChunks({
      width: 4,
      height: 4,
      frames: COLOURS.map((colour) => ({ colour })),
    });
    const broken = Buffer.concat([PNG_SIGNATURE, ...chunks.slice(0, -2)]);
    await expect(bench.convert(broken, { format: 'webp' })).rejects.toMatchObject({
      code: 'output.conversion_failed',
      message: expect.stringContaining('the PNG breaks off'),
    });
    expect(await bench.files()).toEqual([]);
  });
});
