import { z } from 'zod';

import { defineFormat } from './output-format';
import { chromaSubsampling, flag, quality, withoutAbsent } from './shared-options';

const table = z.int().min(0).max(8).optional();

export const jpegFormat = defineFormat({
  names: ['jpeg', 'jpg'],
  contentType: 'image/jpeg',
  description:
    'Has no transparency: what can be seen through is laid over black. Eight bits per channel. Of an animation the first picture.',
  animated: false,
  options: z.strictObject({
    quality: quality(80),
    progressive: flag('Interlaced scan'),
    chromaSubsampling: chromaSubsampling('4:2:0'),
    optimizeCoding: z
      .boolean()
      .optional()
      .describe('Huffman tables made for the picture; true when absent.'),
    optimiseCoding: z.boolean().optional().describe('British spelling of `optimizeCoding`.'),
    mozjpeg: flag(
      'mozjpeg defaults, smaller and slower: `trellisQuantisation`, `overshootDeringing`, `optimizeScans` and `quantisationTable` 3',
    ),
    trellisQuantisation: flag('Trellis quantisation'),
    trellisQuantization: z
      .boolean()
      .optional()
      .describe('American spelling of `trellisQuantisation`.'),
    overshootDeringing: flag('Less ringing around black on white'),
    optimizeScans: flag('Optimise progressive scans, which makes it `progressive`'),
    optimiseScans: z.boolean().optional().describe('British spelling of `optimizeScans`.'),
    quantisationTable: table.describe('Quantisation table, 0 to 8; 0 when absent.'),
    quantizationTable: table.describe('American spelling of `quantisationTable`.'),
  }),
  isDeep: () => false,
  encode: (image, options) => image.jpeg(withoutAbsent(options)),
});
