import type { ServerResponse } from 'node:http';

import type { JsonObject, JsonValue } from '@gateway/comfy-protocol';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { InlineAnswer } from '../inline-answer.sink';
import { PromptFailedError } from '../prompt.errors';
import { PromptService } from '../prompt.service';
import { deliver } from './answer-delivery';
import { ApiPromptAnswers } from './prompt.api';
import { PromptRequestDto } from './prompt.dto';

/** The classic door: a graph in, its outputs back in the same answer. */
@ApiTags('prompt')
@Controller()
export class PromptController {
  constructor(private readonly prompts: PromptService) {}

  @Post('prompt')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'runPrompt',
    summary: 'Run a workflow and wait for its outputs',
    description:
      'Runs a workflow in API format. The answer carries every output in base64; with ' +
      '`Accept: image/*` (or the type of the output) and a single output, it is the bytes themselves.',
  })
  @ApiPromptAnswers()
  async run(
    @Body() body: PromptRequestDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = new InlineAnswer();
    const job = await this.prompts.submit(
      {
        id: body.id,
        prompt: body.prompt as JsonValue,
        extraData: body.extra_data as JsonObject | undefined,
        convertOutput: body.convert_output,
        sizeBytes: request.bodyBytes,
      },
      answer,
    );
    request.raw.jobId = job.id;
    if (body.cancel_on_disconnect !== false) this.cancelWhenGone(reply.raw, job.id);
    const result = await answer.result;
    if (result.outcome === 'failed') throw PromptFailedError.from(result.failure);
    if (reply.raw.destroyed) return result.abandoned();
    await deliver(result, request, reply);
  }

  /** The client may leave at any time, also while its prompt was still being checked. */
  private cancelWhenGone(response: ServerResponse, jobId: string): void {
    const cancel = (): void => {
      if (!response.writableFinished) void this.prompts.cancel(jobId);
    };
    if (response.destroyed) cancel();
    else response.once('close', cancel);
  }
}
