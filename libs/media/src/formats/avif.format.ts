import { z } from 'zod';

import { defineFormat } from './output-format';
import { chromaSubsampling, effort, flag, quality, withoutAbsent } from './shared-options';

export const avifFormat = defineFormat({
  names: ['avif'],
  contentType: 'image/avif',
  description:
    'Smaller than WEBP and slower. Keeps transparency; 8 bits per channel unless `bitdepth` says more. 16384 pixels wide and high at most. Of an animation the first picture.',
  // libvips writes no image sequences: it would stack the frames in one tall picture.
  animated: false,
  options: z.strictObject({
    quality: quality(50),
    lossless: flag('Lossless compression'),
    effort: effort(0, 9, 4),
    chromaSubsampling: chromaSubsampling('4:4:4'),
    bitdepth: z
      .literal([8, 10, 12])
      .optional()
      .describe('Bits per channel: 8, 10 or 12; 8 when absent.'),
    tune: z
      .enum(['auto', 'iq', 'psnr', 'ssim'])
      .optional()
      .describe('Metric to be good at; `auto` when absent.'),
  }),
  isDeep: ({ bitdepth = 8 }) => bitdepth > 8,
  encode: (image, options) => image.avif(withoutAbsent(options)),
});
