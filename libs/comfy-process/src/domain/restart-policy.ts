import { backoffDelayMs, type BackoffPolicy } from '@gateway/kernel';

/** When an engine that failed is started again, and when no more. */
export interface RestartPolicy extends BackoffPolicy {
  /** An engine that was ready this long before it failed starts a new count. Milliseconds. */
  readonly stableAfterMs: number;
  /** The quick failure of this number in a row is the last: no restart follows it. */
  readonly maxQuickFailures: number;
}

/** Restarts after about 1, 2, 4 and 8 s; the fifth quick failure in a row is the last. */
export const defaultRestartPolicy: RestartPolicy = {
  firstDelayMs: 1_000,
  maxDelayMs: 30_000,
  factor: 2,
  jitter: 0.2,
  stableAfterMs: 60_000,
  maxQuickFailures: 5,
};

/** What follows a failure that is the `failures`-th in a row. */
export type Verdict =
  { readonly outcome: 'retry'; readonly delayMs: number } | { readonly outcome: 'give-up' };

export function judgeFailure(policy: RestartPolicy, failures: number, chance: number): Verdict {
  return failures >= policy.maxQuickFailures
    ? { outcome: 'give-up' }
    : { outcome: 'retry', delayMs: backoffDelayMs(policy, failures, chance) };
}
