import { z } from 'zod';

import { defineFormat } from './output-format';
import { effort, flag, withoutAbsent } from './shared-options';

const colours = z.int().min(2).max(256).optional();

const options = z.strictObject({
  progressive: flag('Interlaced scan'),
  compressionLevel: z
    .int()
    .min(0)
    .max(9)
    .optional()
    .describe('zlib level, 0 (fast) to 9 (small); 6 when absent.'),
  adaptiveFiltering: flag('Choose a filter for each row'),
  palette: z
    .boolean()
    .optional()
    .describe(
      'Quantise to a palette of 8 bits or less; true when `quality`, `effort`, `colours` or `dither` is there, false otherwise.',
    ),
  quality: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe('0 to 100: as few palette colours as reach it; 100 when absent.'),
  effort: effort(1, 10, 7),
  colours: colours.describe('Most palette entries, 2 to 256; 256 when absent.'),
  colors: colours.describe('American spelling of `colours`.'),
  dither: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Floyd–Steinberg error diffusion, 0 to 1; 1 when absent.'),
});

export const pngFormat = defineFormat({
  names: ['png'],
  contentType: 'image/png',
  description:
    'Lossless unless it is given a palette. Keeps transparency, and 16 bits per channel where the source has them. Of an animation the first picture.',
  animated: false,
  options,
  isDeep: (given) => !isQuantised(given),
  encode: (image, given) => image.png(withoutAbsent(given)),
});

/** sharp's own rule; a picture of 16 bits would be left as it is in spite of it. */
function isQuantised(given: z.infer<typeof options>): boolean {
  const implying = [given.quality, given.effort, given.colours, given.colors, given.dither];
  return given.palette ?? implying.some((value) => value !== undefined);
}
