import type { JsonValue } from '@gateway/comfy-protocol';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ZodValidationException } from 'nestjs-zod';

import { PromptDoor } from './prompt-door';
import { ApiPromptAnswers } from './prompt.api';
import { promptRequestSchema, PromptRequestDto } from './prompt.dto';

/** The classic door: a graph in, its outputs back in the same answer. */
@ApiTags('prompt')
@Controller()
export class PromptController {
  private schema: ReturnType<typeof promptRequestSchema> | undefined;

  constructor(private readonly door: PromptDoor) {}

  @Post('prompt')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'runPrompt',
    summary: 'Run a workflow',
    description:
      'Runs a workflow in API format. The answer carries every output in base64; with ' +
      '`Accept: image/*` (or the type of the output) and a single output, it is the bytes themselves. ' +
      'With `webhook` or `webhook_v2` it comes at once, and the outputs go there.',
  })
  @ApiBody({ type: PromptRequestDto })
  @ApiPromptAnswers()
  async run(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.schema ??= promptRequestSchema(this.door.fields);
    const parsed = this.schema.safeParse(body);
    if (!parsed.success) throw new ZodValidationException(parsed.error);
    const { prompt, ...fields } = parsed.data;
    await this.door.run({ prompt: prompt as JsonValue, fields }, request, reply);
  }
}
