/** How long to wait before each retry. Delays are milliseconds. */
export interface BackoffPolicy {
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Growth per attempt; 2 doubles. */
  readonly factor: number;
  /** Share of the delay left to chance, 0 to 1: 0.2 spreads a delay of 1000 over 800 to 1000. */
  readonly jitter: number;
}

/**
 * Delay before attempt number `attempt` (1 is the first retry).
 * `chance` is a number in [0, 1), drawn by the caller so that the decision stays pure.
 */
export function backoffDelayMs(policy: BackoffPolicy, attempt: number, chance: number): number {
  const grown = policy.firstDelayMs * policy.factor ** (attempt - 1);
  const capped = Math.min(grown, policy.maxDelayMs);
  return Math.round(capped * (1 - policy.jitter * chance));
}
