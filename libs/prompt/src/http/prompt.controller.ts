import type { JsonValue } from '@gateway/comfy-protocol';
import { Body, Controller, HttpCode, HttpStatus, Post, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ZodValidationException } from 'nestjs-zod';

import { PromptService } from '../prompt.service';
import { PromptDoor } from './prompt-door';
import { ApiPromptAnswers } from './prompt.api';
import { InterruptDto, InterruptedDto, promptRequestSchema, PromptRequestDto } from './prompt.dto';
import { TakesLongTexts } from './takes-long-texts';

/** The classic door: a graph in, its outputs back in the same answer. */
@ApiTags('prompt')
@Controller()
export class PromptController {
  private schema: ReturnType<typeof promptRequestSchema> | undefined;

  constructor(
    private readonly door: PromptDoor,
    private readonly prompts: PromptService,
  ) {}

  @Post('prompt')
  @TakesLongTexts()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'runPrompt',
    summary: 'Run a workflow',
    description:
      'Runs a workflow in API format. The answer carries every output in base64; with ' +
      '`Accept: image/*` (or the type of the output) and a single output, it is the bytes themselves. ' +
      'With `webhook` or `webhook_v2` it comes at once, and the outputs go there. With ' +
      '`Prefer: respond-async` it comes at once, and the outputs are at `/api/v2/jobs/{id}`.',
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

  @Post('interrupt')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'interruptPrompt',
    summary: 'Cancel a prompt that waits or runs',
    description: 'One that runs ends at the next step of its node.',
  })
  @ApiOkResponse({ type: InterruptedDto, description: 'It will not go on.' })
  @ApiNotFoundResponse({ type: InterruptedDto, description: 'There is none, or it has ended.' })
  async interrupt(
    @Body() { id }: InterruptDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InterruptedDto> {
    const isInterrupted = await this.prompts.interrupt(id);
    if (!isInterrupted) reply.status(HttpStatus.NOT_FOUND);
    return { id, interrupted: isInterrupted ? 'success' : 'failed' };
  }
}
