import {
  All,
  applyDecorators,
  Controller,
  NotFoundException,
  Req,
  UseFilters,
} from '@nestjs/common';
import { ApiExcludeController, ApiExtraModels, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

import { ApiV2Filter } from './api-v2.filter';
import { WITHOUT_OPERATION } from './bodyless';
import { ErrorEnvelopeDto } from './error-envelope.dto';

/** A controller of the official API: its prefix, its errors, its chapter of the document. */
export function ApiV2Controller(path: string): ClassDecorator {
  return applyDecorators(
    Controller(`api/v2/${path}`),
    UseFilters(ApiV2Filter),
    ApiTags(`Comfy API v2 · ${path}`),
    ApiExtraModels(ErrorEnvelopeDto),
  );
}

/** Whatever is below `/api/v2` and is no operation: an error of this door. */
@ApiExcludeController()
@Controller()
@UseFilters(ApiV2Filter)
export class UnknownOperationController {
  @All([...WITHOUT_OPERATION])
  refuse(@Req() { method, url }: FastifyRequest): never {
    throw new NotFoundException(`There is no operation ${method} ${url.split('?')[0] ?? ''}`);
  }
}
