import { backoffDelayMs, DomainError, type BackoffPolicy } from '@gateway/kernel';

/** What came of one attempt. */
export type AttemptOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** How long the receiver asked us to stay away. */
      readonly retryAfterMs?: number;
    }
  | { readonly kind: 'failed'; readonly cause: unknown };

export interface AttemptCount {
  /** Attempts made, this one included. */
  readonly made: number;
  /** How many may follow the first. */
  readonly retries: number;
}

export type Decision =
  | { readonly action: 'delivered' }
  | { readonly action: 'give-up' }
  | { readonly action: 'retry'; readonly delayMs: number };

/** What to do after an attempt. `chance` is a number in [0, 1). */
export function decide(outcome: AttemptOutcome, count: AttemptCount, chance: number): Decision {
  if (outcome.kind === 'answered' && isSuccess(outcome.status)) return { action: 'delivered' };
  if (isFinal(outcome) || count.made > count.retries) return { action: 'give-up' };
  return { action: 'retry', delayMs: delayBefore(count.made, outcome, chance) };
}

/** Whether the same request would end the same way again. */
function isFinal(outcome: AttemptOutcome): boolean {
  if (outcome.kind === 'failed') return isMisdirected(outcome.cause);
  return outcome.status < 500 && !WORTH_A_RETRY.has(outcome.status);
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Request Timeout, Too Early, Too Many Requests. */
const WORTH_A_RETRY: ReadonlySet<number> = new Set([408, 425, 429]);

/** The URL is at fault, or where it redirects to. */
function isMisdirected(cause: unknown): boolean {
  return cause instanceof DomainError && MISDIRECTED.has(cause.code);
}

const MISDIRECTED: ReadonlySet<string> = new Set([
  'outbound.forbidden',
  'outbound.too_many_redirects',
]);

/** The receiver may ask for more patience than we have, never for less. */
function delayBefore(retry: number, outcome: AttemptOutcome, chance: number): number {
  const asked = outcome.kind === 'answered' ? (outcome.retryAfterMs ?? 0) : 0;
  return Math.max(backoffDelayMs(BACKOFF, retry, chance), Math.min(asked, MAX_RETRY_AFTER_MS));
}

const BACKOFF: BackoffPolicy = { firstDelayMs: 1000, maxDelayMs: 60_000, factor: 2, jitter: 0.5 };
const MAX_RETRY_AFTER_MS = 5 * 60_000;
