import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { CannotGenerateError, messageOf } from '../generate-workflow.errors';

export interface AnthropicOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
}

/** One turn of a conversation. */
export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

const TIMEOUT_MS = 120_000;
/** A long graph makes a long file. */
const MAX_TOKENS = 32_000;
/** A busy API says how long to wait; nobody at a terminal waits longer than this. */
const MAX_WAIT_S = 60;
const USUAL_WAIT_S = 5;

/** `POST /v1/messages`. What goes wrong is one sentence, in which the key is never told. */
export class AnthropicClient {
  constructor(private readonly options: AnthropicOptions) {}

  /** @throws CannotGenerateError */
  async ask(system: string, messages: readonly Message[]): Promise<string> {
    const response = await this.send(system, messages);
    if (response.ok) return this.textOf(await this.parsed(response));
    if (!isBusy(response)) throw await this.refusal(response);
    await sleep(waitMs(response.headers.get('retry-after')));
    const again = await this.send(system, messages);
    if (again.ok) return this.textOf(await this.parsed(again));
    throw await this.refusal(again);
  }

  private async send(system: string, messages: readonly Message[]): Promise<Response> {
    const { baseUrl, apiKey, model } = this.options;
    try {
      return await fetch(`${baseUrl.replace(/\/+$/, '')}/v1/messages`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-api-key': apiKey,
          'anthropic-version': '2023-06-01',
        },
        body: JSON.stringify({ model, max_tokens: MAX_TOKENS, system, messages }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (error) {
      throw this.unreachable(error);
    }
  }

  private async parsed(response: Response): Promise<unknown> {
    try {
      return JSON.parse(await response.text());
    } catch (error) {
      throw error instanceof SyntaxError
        ? new CannotGenerateError('The Anthropic API answered something that is not JSON.')
        : this.unreachable(error);
    }
  }

  private textOf(body: unknown): string {
    const answer = answerSchema.safeParse(body);
    if (!answer.success) {
      throw new CannotGenerateError('The Anthropic API answered something that is no message.');
    }
    const { content, stop_reason: reason } = answer.data;
    const text = content.map((block) => block.text ?? '').join('');
    if (reason === 'max_tokens') {
      throw new CannotGenerateError('The model ran out of room: the graph is too long for it.');
    }
    if (text.trim() === '') {
      throw new CannotGenerateError(`The model answered nothing (${reason ?? 'no reason given'}).`);
    }
    return text;
  }

  private async refusal(response: Response): Promise<CannotGenerateError> {
    const { status } = response;
    const { baseUrl, model } = this.options;
    if (status === 401) {
      return new CannotGenerateError(
        'The Anthropic API refuses the key (401): check ANTHROPIC_API_KEY.',
      );
    }
    if (isBusy(response)) {
      return new CannotGenerateError(`The Anthropic API is busy (${status}): try again later.`);
    }
    const words = failureSchema.safeParse(await response.json().catch(() => undefined));
    const told = words.success ? `: ${this.withoutKey(words.data.error.message)}` : '';
    return new CannotGenerateError(
      status === 404
        ? `The API at ${baseUrl} knows no model "${model}" (404)${told}.`
        : `The Anthropic API refuses the request (${status})${told}.`,
    );
  }

  private unreachable(error: unknown): CannotGenerateError {
    if (error instanceof Error && error.name === 'TimeoutError') {
      return new CannotGenerateError(
        `The Anthropic API did not answer within ${TIMEOUT_MS / 1000} seconds.`,
      );
    }
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const words = this.withoutKey(messageOf(cause));
    return new CannotGenerateError(`${this.options.baseUrl} cannot be reached: ${words}.`);
  }

  /** Errors of fetch quote headers, and those of an API what they were sent. */
  private withoutKey(text: string): string {
    return text.replaceAll(this.options.apiKey, '(the key)').replace(/[.\s]+$/, '');
  }
}

const answerSchema = z.object({
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
  stop_reason: z.string().nullish(),
});

const failureSchema = z.object({ error: z.object({ message: z.string() }) });

function isBusy({ status }: Response): boolean {
  return status === 429 || status === 529;
}

function waitMs(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? USUAL_WAIT_S);
  return (
    1000 * Math.min(Number.isFinite(seconds) ? Math.max(0, seconds) : USUAL_WAIT_S, MAX_WAIT_S)
  );
}
