import type { JsonValue } from '@gateway/comfy-protocol';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { PromptDoor } from './prompt-door';
import { ApiPromptAnswers } from './prompt.api';
import { PromptRequestDto } from './prompt.dto';

/** The classic door: a graph in, its outputs back in the same answer. */
@ApiTags('prompt')
@Controller()
export class PromptController {
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
  @ApiPromptAnswers()
  async run(
    @Body() { prompt, ...fields }: PromptRequestDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.door.run({ prompt: prompt as JsonValue, fields }, request, reply);
  }
}
