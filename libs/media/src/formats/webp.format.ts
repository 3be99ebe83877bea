import { z } from 'zod';

import { defineFormat } from './output-format';
import { effort, quality, withoutAbsent } from './shared-options';

export const webpFormat = defineFormat({
  names: ['webp'],
  contentType: 'image/webp',
  animated: true,
  options: z.strictObject({
    quality: quality(80),
    alphaQuality: z.int().min(0).max(100).optional().describe('100 when absent.'),
    lossless: z.boolean().optional(),
    nearLossless: z.boolean().optional(),
    smartSubsample: z.boolean().optional().describe('Better chroma at sharp edges.'),
    smartDeblock: z.boolean().optional(),
    preset: z.enum(['default', 'photo', 'picture', 'drawing', 'icon', 'text']).optional(),
    effort: effort(0, 6, 4),
    loop: z.int().min(0).max(65535).optional().describe('Animation repeats; 0 is for ever.'),
    delay: z
      .union([z.int().min(0).max(65535), z.array(z.int().min(0).max(65535)).min(1)])
      .optional()
      .describe('Milliseconds between frames, for all or for each.'),
    minSize: z.boolean().optional().describe('Slower, smaller animations.'),
    mixed: z.boolean().optional().describe('Lossy and lossless frames in one animation.'),
  }),
  encode: (image, options) => image.webp(withoutAbsent(options)),
});
