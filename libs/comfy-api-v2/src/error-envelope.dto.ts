import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

const envelopeSchema = z
  .object({
    error: z.object({
      code: z.string().describe('What is wrong, for programs; stable.'),
      message: z.string().describe('What is wrong, for people.'),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .describe('Every error answer of the Comfy API v2.');

export class ErrorEnvelopeDto extends createZodDto(envelopeSchema) {}

/** Documents error answers by status: `{ 404: '`not_found`: …' }`. */
export function ApiV2Errors(errors: Readonly<Record<number, string>>): MethodDecorator {
  return applyDecorators(
    ...Object.entries({ ...errors, 500: '`upstream_error`' }).map(([status, description]) =>
      ApiResponse({ status: Number(status), description, type: ErrorEnvelopeDto }),
    ),
  );
}
