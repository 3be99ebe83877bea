import type { ServerResponse } from 'node:http';

import { stringifyJson, type JsonObject, type JsonValue } from '@gateway/comfy-protocol';
import type { JobResult } from '@gateway/jobs';
import type { Clock } from '@gateway/kernel';
import type { OutputFormats } from '@gateway/media';
import { HttpStatus } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { InlineAnswer } from '../inline-answer.sink';
import { PromptFailedError } from '../prompt.errors';
import type { PromptCommand, PromptService } from '../prompt.service';
import { deliver } from './answer-delivery';
import { jobUrls } from './job-urls';
import { prefersAsync } from './prompt-preferences';
import { runFields, type RunFields, type RunFieldSchemas } from './run-fields';

/** A graph that a door wants run, and what its caller asked for beside it. */
export interface DoorRequest {
  readonly prompt: JsonValue;
  readonly fields: RunFields;
  /** Put into the answer, as it is. */
  readonly echo?: JsonObject;
}

/**
 * What every classic door does: `POST /prompt`, and each workflow. The answer is the result; with a
 * webhook it is a `202`, and the result goes there; with `Prefer: respond-async` it is a `202`, and
 * the result is at the job.
 */
export class PromptDoor {
  private schemas: RunFieldSchemas | undefined;

  constructor(
    private readonly prompts: PromptService,
    private readonly formats: OutputFormats,
    private readonly publicUrl: string | undefined,
    private readonly clock: Clock,
  ) {}

  /** What may stand beside a workflow. First asked for when all output formats are there. */
  get fields(): RunFieldSchemas {
    return (this.schemas ??= runFields(this.formats));
  }

  /** @throws what `PromptService.submit` throws, and PromptFailedError for a job that failed. */
  async run(asked: DoorRequest, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const command = commandOf(asked, request);
    const isAnswered = command.webhooks.length === 0 && !prefersAsync(request.headers.prefer);
    if (isAnswered) await this.answer(command, asked, request, reply);
    else await this.acknowledge(command, asked, request, reply);
  }

  /** The result in the answer. */
  private async answer(
    command: PromptCommand,
    { fields, echo }: DoorRequest,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const answer = new InlineAnswer();
    const { id } = await this.prompts.submit(command, answer);
    request.raw.jobId = id;
    if (fields.cancel_on_disconnect !== false) this.cancelWhenGone(reply.raw, id);
    const result = await this.within(fields.timeout_s, answer.result);
    if (!result) return this.leave(id, answer, reply);
    if (result.outcome === 'failed') throw PromptFailedError.from(result.failure);
    if (reply.raw.destroyed) return result.abandoned();
    await deliver(result, request, reply, echo);
  }

  /** The job goes on without its caller, and its outputs stay. */
  private async leave(id: string, answer: InlineAnswer, reply: FastifyReply): Promise<void> {
    this.prompts.letGo(id);
    const urls = jobUrls(id, this.publicUrl);
    await reply
      .status(HttpStatus.ACCEPTED)
      .header('location', urls.self)
      .send({ status: 'running', id, urls });
    const late = await answer.result;
    if (late.outcome === 'succeeded') await late.abandoned();
  }

  /** `undefined`: it takes longer. */
  private async within(
    timeoutS: number | undefined,
    result: Promise<JobResult>,
  ): Promise<JobResult | undefined> {
    if (timeoutS === undefined) return result;
    let stopWaiting = (): void => undefined;
    const expired = new Promise<undefined>((resolve) => {
      stopWaiting = this.clock.schedule(timeoutS * 1000, () => resolve(undefined));
    });
    return Promise.race([result, expired]).finally(() => stopWaiting());
  }

  /** The result elsewhere. */
  private async acknowledge(
    command: CommandWithWebhooks,
    { echo }: DoorRequest,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const { id, request: accepted } = await this.prompts.submit(command);
    request.raw.jobId = id;
    const targets = Object.fromEntries(command.webhooks.map(({ field, url }) => [field, url]));
    await reply
      .status(HttpStatus.ACCEPTED)
      .header('location', jobUrls(id, this.publicUrl).self)
      .type('application/json; charset=utf-8')
      .serializer(stringifyJson)
      .send({ status: 'ok', id, ...targets, prompt: accepted.prompt, ...echo });
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

type NamedWebhook = NonNullable<PromptCommand['webhooks']>[number];
type CommandWithWebhooks = PromptCommand & { readonly webhooks: readonly NamedWebhook[] };

function commandOf(
  { prompt, fields, echo }: DoorRequest,
  { bodyBytes: sizeBytes, longTexts }: FastifyRequest,
): CommandWithWebhooks {
  const { webhook, webhook_v2: webhookV2 } = fields;
  return {
    id: fields.id,
    prompt,
    extraData: fields.extra_data as JsonObject | undefined,
    convertOutput: fields.convert_output,
    keep: fields.keep,
    webhooks: [
      ...(webhook === undefined ? [] : [{ field: 'webhook' as const, url: webhook }]),
      ...(webhookV2 === undefined ? [] : [{ field: 'webhook_v2' as const, url: webhookV2 }]),
    ],
    sizeBytes,
    longTexts,
    keepsInline: echo !== undefined,
  };
}
