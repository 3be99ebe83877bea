import { backoffDelayMs, type BackoffPolicy } from './backoff';

const policy: BackoffPolicy = { firstDelayMs: 100, maxDelayMs: 1000, factor: 2, jitter: 0.2 };

describe('backoffDelayMs', () => {
  it('waits the first delay before the first retry', () => {
    expect(backoffDelayMs(policy, 1, 0)).toBe(100);
  });

  it('grows by the factor with each attempt, up to the longest delay', () => {
    expect([1, 2, 3, 4, 5, 6].map((attempt) => backoffDelayMs(policy, attempt, 0))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ]);
  });

  it('stays at the longest delay however many attempts there were', () => {
    expect(backoffDelayMs(policy, 100_000, 0)).toBe(1000);
  });

  it('takes off no more than the share that is left to chance', () => {
    expect(backoffDelayMs(policy, 5, 0.5)).toBe(900);
    expect(backoffDelayMs(policy, 5, 1)).toBe(800);
  });

  it('leaves nothing to chance without jitter', () => {
    expect(backoffDelayMs({ ...policy, jitter: 0 }, 1, 0.99)).toBe(100);
  });
});
