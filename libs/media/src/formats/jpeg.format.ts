import { z } from 'zod';

import { defineFormat } from './output-format';
import { quality, withoutAbsent } from './shared-options';

export const jpegFormat = defineFormat({
  names: ['jpeg', 'jpg'],
  contentType: 'image/jpeg',
  animated: false,
  options: z.strictObject({
    quality: quality(80),
    progressive: z.boolean().optional().describe('Interlaced scan.'),
    chromaSubsampling: z
      .enum(['4:2:0', '4:4:4'])
      .optional()
      .describe('`4:4:4` keeps full colour resolution.'),
    optimizeCoding: z.boolean().optional().describe('Optimised Huffman tables.'),
    optimiseCoding: z.boolean().optional().describe('British spelling of `optimizeCoding`.'),
    mozjpeg: z.boolean().optional().describe('mozjpeg defaults: smaller and slower.'),
    trellisQuantisation: z.boolean().optional(),
    overshootDeringing: z.boolean().optional(),
    optimizeScans: z.boolean().optional().describe('Needs `progressive`.'),
    optimiseScans: z.boolean().optional().describe('British spelling of `optimizeScans`.'),
    quantizationTable: z.int().min(0).max(8).optional(),
    quantisationTable: z.int().min(0).max(8).optional(),
  }),
  encode: (image, options) => image.jpeg(withoutAbsent(options)),
});
