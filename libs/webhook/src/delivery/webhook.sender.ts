import type { Clock } from '@gateway/kernel';
import type { OutboundFetcher } from '@gateway/outbound';

import { exactly } from '../body/exactly';
import type { WebhookBody } from '../body/webhook.body';
import { BodyChangedError } from '../webhook.errors';
import type { Message } from './delivery';
import type { AttemptOutcome } from './delivery.decision';
import { retryAfterMs } from './retry-after';
import type { WebhookSigner } from './webhook.signer';

export interface SenderOptions {
  readonly userAgent: string;
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** Absent: nothing is signed. */
  readonly signer?: WebhookSigner;
}

/** Makes single attempts. Whatever goes wrong is an outcome; nothing is thrown. */
export class WebhookSender {
  constructor(
    private readonly fetcher: Pick<OutboundFetcher, 'request'>,
    private readonly options: SenderOptions,
    private readonly clock: Clock,
  ) {}

  async send(message: Message, signal: AbortSignal): Promise<AttemptOutcome> {
    const attempt = new AbortController();
    const abort = (): void => {
      attempt.abort(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await this.attempt(message, attempt.signal);
    } catch (cause) {
      return { kind: 'failed', cause };
    } finally {
      signal.removeEventListener('abort', abort);
      // However it ended, no file stays open for it.
      attempt.abort();
    }
  }

  private async attempt(message: Message, signal: AbortSignal): Promise<AttemptOutcome> {
    const { userAgent, timeoutMs } = this.options;
    const { headers, sizeBytes } = await this.sealInTime(message, signal);
    const response = await this.fetcher.request({
      method: 'POST',
      url: message.url,
      trust: message.trust,
      headers: {
        'content-type': 'application/json',
        'user-agent': userAgent,
        ...(sizeBytes !== undefined && { 'content-length': String(sizeBytes) }),
        ...headers,
      },
      body: () => readSealed(message, sizeBytes, signal),
      signal,
      timeoutMs,
      maxBytes: ANSWER_BYTES,
    });
    await response.discard();
    const askedMs = retryAfterMs(response.headers['retry-after'], this.clock.now());
    return {
      kind: 'answered',
      status: response.status,
      ...(askedMs !== undefined && { retryAfterMs: askedMs }),
    };
  }

  /** Reading a body from an engine elsewhere may take for ever, too. */
  private async sealInTime(message: Message, signal: AbortSignal): Promise<Seal> {
    const { timeoutMs } = this.options;
    const sealing = new AbortController();
    const cancel = this.clock.schedule(timeoutMs, () => {
      sealing.abort(new Error(`the body could not be read within ${timeoutMs} ms`));
    });
    try {
      return await this.seal(message, AbortSignal.any([signal, sealing.signal]));
    } finally {
      cancel();
    }
  }

  /** How long the body is, and its signature if it gets one: for that it is read once more. */
  private async seal({ id, contract, body }: Message, signal: AbortSignal): Promise<Seal> {
    if (contract === 'plain') return unsigned(body, {});
    const timestampS = Math.floor(this.clock.now() / 1000);
    const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestampS) };
    const { signer } = this.options;
    if (!signer) return unsigned(body, headers);
    const { value, sizeBytes } = await signer.sign(id, timestampS, body.read(signal));
    return { headers: { ...headers, 'webhook-signature': value }, sizeBytes };
  }
}

interface Seal {
  readonly headers: Readonly<Record<string, string>>;
  readonly sizeBytes?: number;
}

function unsigned(body: WebhookBody, headers: Seal['headers']): Seal {
  const sizeBytes = body.sizeBytes();
  return { headers, ...(sizeBytes !== undefined && { sizeBytes }) };
}

/** Holds the body to the length that was announced, and signed. */
function readSealed(
  { id, body }: Message,
  sizeBytes: number | undefined,
  signal: AbortSignal,
): AsyncIterable<Buffer> {
  const bytes = body.read(signal);
  if (sizeBytes === undefined) return bytes;
  return exactly(bytes, sizeBytes, (size) => new BodyChangedError(`Webhook ${id}`, size));
}

/** The status is all that counts: a long answer to what has arrived must not look like a failure. */
const ANSWER_BYTES = Number.MAX_SAFE_INTEGER;
