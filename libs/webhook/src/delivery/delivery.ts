import type { WebhookBody } from '../body/webhook.body';

/**
 * A delivery as plain data: what an outbox would have to keep, beside the way to make the body again.
 */
export interface Delivery {
  /** The receiver's key to tell repetitions; the same in every attempt. */
  readonly id: string;
  readonly jobId: string;
  readonly version: 1 | 2;
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** What is sent, however often it takes. */
export interface Message {
  readonly id: string;
  readonly url: string;
  /** Who named the URL. */
  readonly trust: 'client' | 'operator';
  /** `plain` is the seed's, which knows neither ids nor signatures. */
  readonly contract: 'standard-webhooks' | 'plain';
  readonly body: WebhookBody;
}
