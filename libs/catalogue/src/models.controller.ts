import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

import { ModelCatalogue } from './model.catalogue';

class ModelsDto extends createZodDto(
  z
    .record(z.string(), z.array(z.string()))
    .describe('Type of model → its files, relative to their folder.')
    .meta({
      example: {
        checkpoints: ['dreamshaper_8.safetensors', 'sd_xl_base_1.0.safetensors'],
        loras: ['styles/ink.safetensors'],
        vae: [],
      },
    }),
) {}

@ApiTags('models')
@Controller()
export class ModelsController {
  constructor(private readonly models: ModelCatalogue) {}

  @Get('models')
  @ApiOperation({
    operationId: 'listModels',
    summary: 'The models there are now, by type',
    description:
      'Every kind of model that ComfyUI knows and every folder of `MODEL_DIR`, looked up anew. While ' +
      'ComfyUI is away, what is in `MODEL_DIR`.',
  })
  @ApiOkResponse({ type: ModelsDto, description: 'Model files by type.' })
  async list(): Promise<Readonly<Record<string, readonly string[]>>> {
    return this.models.refresh();
  }
}
