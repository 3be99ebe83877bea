import { Module } from '@nestjs/common';
import { OutputFormat } from 'comfyui-gateway/app';
import type { Sharp } from 'sharp';
import { z } from 'zod';

const options = z.strictObject({
  predictor: z.enum(['none', 'horizontal']).optional().describe('`horizontal` when absent.'),
});

@OutputFormat()
export class TiffFormat implements OutputFormat {
  readonly names = ['tiff', 'tif'] as const;
  readonly contentType = 'image/tiff';
  readonly description = 'For print. Of an animation the first picture.';
  readonly options = options;

  encode(image: Sharp, { predictor = 'horizontal' }: z.infer<typeof options>): Sharp {
    return image.tiff({ compression: 'lzw', predictor });
  }
}

@Module({ providers: [TiffFormat] })
export class TiffModule {}
