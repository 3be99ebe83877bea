import { z } from 'zod';

import { defineFormat } from './output-format';
import { effort, flag, quality, withoutAbsent } from './shared-options';

const milliseconds = z.int().min(0).max(65535);

export const webpFormat = defineFormat({
  names: ['webp'],
  contentType: 'image/webp',
  description:
    'Keeps transparency, and the frames, delays and loop count of an animated GIF, WEBP or PNG. Eight bits per channel; 16383 pixels wide and high at most.',
  animated: true,
  options: z.strictObject({
    quality: quality(80),
    alphaQuality: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .describe('Quality of the transparency, 0 to 100; 100 when absent.'),
    lossless: flag('Lossless compression'),
    nearLossless: flag('Lossless compression after smoothing, by as much as `quality` tells'),
    smartSubsample: flag('Better colours at sharp edges'),
    smartDeblock: flag('Deblocking filter adjusted to the picture: slow, better soft edges'),
    preset: z
      .enum(['default', 'photo', 'picture', 'drawing', 'icon', 'text'])
      .optional()
      .describe('What the picture is; `default` when absent.'),
    effort: effort(0, 6, 4),
    loop: z
      .int()
      .min(0)
      .max(65535)
      .optional()
      .describe('How often an animation is played, 0 for ever; as in the source when absent.'),
    delay: z
      .union([milliseconds, z.array(milliseconds).min(1)])
      .optional()
      .describe(
        'Milliseconds each frame of an animation is shown: one number for all, or one for each. 10 and less become 100. As in the source when absent.',
      ),
    minSize: flag('No key frames in an animation: smaller, slow'),
    mixed: flag('Lossy and lossless frames in one animation: slow'),
    exact: flag('Keep the colours of pixels that cannot be seen'),
  }),
  isDeep: () => false,
  encode: (image, options) => image.webp(withoutAbsent(options)),
});
