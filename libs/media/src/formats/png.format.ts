import { z } from 'zod';

import { defineFormat } from './output-format';
import { effort, quality, withoutAbsent } from './shared-options';

export const pngFormat = defineFormat({
  names: ['png'],
  contentType: 'image/png',
  animated: false,
  options: z.strictObject({
    progressive: z.boolean().optional().describe('Interlaced scan.'),
    compressionLevel: z.int().min(0).max(9).optional().describe('zlib level; 6 when absent.'),
    adaptiveFiltering: z.boolean().optional(),
    palette: z.boolean().optional().describe('Quantise to a palette.'),
    quality: quality(100).describe('Fewest palette colours that reach it; implies `palette`.'),
    effort: effort(1, 10, 7),
    colours: z.int().min(2).max(256).optional().describe('Palette size; implies `palette`.'),
    colors: z.int().min(2).max(256).optional().describe('American spelling of `colours`.'),
    dither: z.number().min(0).max(1).optional().describe('Floyd–Steinberg diffusion.'),
  }),
  encode: (image, options) => image.png(withoutAbsent(options)),
});
