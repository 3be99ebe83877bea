import { z } from 'zod';

import { defineFormat, type OutputFormat } from './formats/output-format';
import { OutputFormats } from './output-formats';

const own = new OutputFormats();

describe('convert_output', () => {
  it.each(['png', 'jpeg', 'jpg', 'webp', 'avif'])('takes %s without options', (format) => {
    expect(own.schema.parse({ format })).toEqual({ format });
  });

  it.each([
    { format: 'png', options: { compressionLevel: 9, palette: true, colours: 16, dither: 0.5 } },
    { format: 'jpg', options: { quality: 1, mozjpeg: true, chromaSubsampling: '4:4:4' } },
    { format: 'webp', options: { lossless: true, effort: 6, loop: 0, delay: [100, 200] } },
    { format: 'avif', options: { quality: 100, effort: 9, bitdepth: 12, tune: 'iq' } },
  ])('takes the options of its format: %j', (conversion) => {
    expect(own.schema.parse(conversion)).toEqual(conversion);
  });

  it.each([
    ['an unknown format', { format: 'gif' }],
    ['no format', { options: {} }],
    ['an option of another format', { format: 'png', options: { lossless: true } }],
    ['a quality out of range', { format: 'jpeg', options: { quality: 101 } }],
    ['a quality of zero', { format: 'webp', options: { quality: 0 } }],
    ['a fraction of a level', { format: 'png', options: { compressionLevel: 1.5 } }],
    ['delays for no frame', { format: 'webp', options: { delay: [] } }],
    ['a number in words', { format: 'webp', options: { quality: '80' } }],
    ['an unknown sub-sampling', { format: 'jpeg', options: { chromaSubsampling: '4:2:2' } }],
    ['a bit depth between two', { format: 'avif', options: { bitdepth: 9 } }],
    ['more effort than there is', { format: 'avif', options: { effort: 10 } }],
    ['what says which encoder to take', { format: 'avif', options: { compression: 'hevc' } }],
    ['an option that every format of sharp has', { format: 'png', options: { force: false } }],
    ['a key beside format and options', { format: 'png', quality: 80 }],
  ])('refuses %s', (_what, conversion) => {
    expect(own.schema.safeParse(conversion).success).toBe(false);
  });
});

describe('the options of a format', () => {
  const formats = ['png', 'jpeg', 'webp', 'avif'].map((name) => own.named(name));

  it.each(formats)('each say what they are: $contentType', ({ options, description }) => {
    expect(description).toMatch(/\.$/);
    for (const option of Object.values(options.shape)) {
      expect((option as z.ZodType).description).toMatch(/\.$/);
    }
  });

  it.each(formats)('know nothing else: $contentType', ({ options }) => {
    expect(options.safeParse({}).success).toBe(true);
    expect(options.safeParse({ unheardOf: 1 }).success).toBe(false);
  });
});

describe('a name', () => {
  it('is one of several of a format', () => {
    expect(own.named('jpg')).toBe(own.named('jpeg'));
    expect(own.named('png').contentType).toBe('image/png');
  });

  it('may be of no format', () => {
    expect(() => own.named('gif')).toThrow('"gif"');
  });
});

describe('an added format', () => {
  const options = z.strictObject({ lossless: z.boolean().optional() });
  const tiff = defineFormat({
    names: ['tiff', 'tif'],
    contentType: 'image/tiff',
    description: 'For print.',
    options,
    encode: (image) => image.tiff(),
  });

  it('is taken with its own options, beside ours, by its registry alone', () => {
    const formats = new OutputFormats();
    expect(formats.hasAdded).toBe(false);
    formats.add(tiff);

    expect(formats.hasAdded).toBe(true);
    expect(formats.named('tif')).toBe(tiff);
    for (const conversion of [
      { format: 'tiff', options: { lossless: true } },
      { format: 'png', options: { palette: true } },
    ]) {
      expect(formats.schema.parse(conversion)).toEqual(conversion);
    }
    const wrong = { format: 'tif', options: { palette: true } };
    expect(formats.schema.safeParse(wrong).success).toBe(false);
    expect(own.schema.safeParse({ format: 'tiff' }).success).toBe(false);
  });

  it.each([
    [{ names: ['jpg'] }, 'There is a format "jpg" already'],
    [{ names: [] }, '"names" must not be empty'],
    [{ names: ['../a'] }, '"names.0" must be file extensions in small letters'],
    [{ options: {} }, '"options" must be a z.object()'],
    [{ encode: undefined }, '"encode" must be a function'],
    [{ contentType: 'text/plain' }, '"contentType" must begin with image/'],
  ])('is refused with %j', (wrong, reason) => {
    const formats = new OutputFormats();
    expect(() => formats.add({ ...tiff, ...wrong } as unknown as OutputFormat)).toThrow(reason);
    expect(formats.hasAdded).toBe(false);
  });
});
