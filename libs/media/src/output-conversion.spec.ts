import type { z } from 'zod';

import { formatNamed, outputConversionSchema } from './output-conversion';

describe('convert_output', () => {
  it.each(['png', 'jpeg', 'jpg', 'webp', 'avif'])('takes %s without options', (format) => {
    expect(outputConversionSchema.parse({ format })).toEqual({ format });
  });

  it.each([
    { format: 'png', options: { compressionLevel: 9, palette: true, colours: 16, dither: 0.5 } },
    { format: 'jpg', options: { quality: 1, mozjpeg: true, chromaSubsampling: '4:4:4' } },
    { format: 'webp', options: { lossless: true, effort: 6, loop: 0, delay: [100, 200] } },
    { format: 'avif', options: { quality: 100, effort: 9, bitdepth: 12, tune: 'iq' } },
  ])('takes the options of its format: %j', (conversion) => {
    expect(outputConversionSchema.parse(conversion)).toEqual(conversion);
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
    expect(outputConversionSchema.safeParse(conversion).success).toBe(false);
  });
});

describe('the options of a format', () => {
  const formats = ['png', 'jpeg', 'webp', 'avif'].map(formatNamed);

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

describe('formatNamed', () => {
  it('finds one format under each of its names', () => {
    expect(formatNamed('jpg')).toBe(formatNamed('jpeg'));
    expect(formatNamed('png').contentType).toBe('image/png');
  });

  it('has no format of an unknown name', () => {
    expect(() => formatNamed('gif')).toThrow('"gif"');
  });
});
