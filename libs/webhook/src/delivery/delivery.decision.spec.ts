import { DomainError } from '@gateway/kernel';

import { decide, type AttemptOutcome } from './delivery.decision';

class OutboundError extends DomainError {
  constructor(readonly code: string) {
    super('no');
  }
}

const answered = (status: number, retryAfterMs?: number): AttemptOutcome => ({
  kind: 'answered',
  status,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
const failed = (cause: unknown): AttemptOutcome => ({ kind: 'failed', cause });
const first = { made: 1, retries: 3 };

describe('decide', () => {
  it.each([200, 201, 202, 204, 299])('is content with %i', (status) => {
    expect(decide(answered(status), first, 0)).toEqual({ action: 'delivered' });
  });

  it.each([
    100, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 410, 413, 422, 426, 428, 451, 499,
  ])('gives up at once after %i', (status) => {
    expect(decide(answered(status), first, 0)).toEqual({ action: 'give-up' });
  });

  it.each([408, 425, 429, 500, 502, 503, 504, 507, 520, 599])('tries again after %i', (status) => {
    expect(decide(answered(status), first, 0)).toEqual({ action: 'retry', delayMs: 1000 });
  });

  it('tries again when the network failed, whatever the cause', () => {
    for (const cause of [new Error('ECONNREFUSED'), new TypeError('x'), 'odd', undefined]) {
      expect(decide(failed(cause), first, 0)).toEqual({ action: 'retry', delayMs: 1000 });
    }
  });

  it.each(['outbound.forbidden', 'outbound.too_many_redirects'])(
    'gives up at once on %s',
    (code) => {
      expect(decide(failed(new OutboundError(code)), first, 0)).toEqual({ action: 'give-up' });
    },
  );

  it.each(['outbound.unreachable', 'outbound.timed_out', 'webhook.body_changed'])(
    'tries again after %s',
    (code) => {
      expect(decide(failed(new OutboundError(code)), first, 0)).toMatchObject({ action: 'retry' });
    },
  );

  it.each([
    { retries: 0, lastAttempt: 1 },
    { retries: 1, lastAttempt: 2 },
    { retries: 3, lastAttempt: 4 },
  ])('makes $lastAttempt attempts with $retries retries', ({ retries, lastAttempt }) => {
    const actions = Array.from(
      { length: lastAttempt },
      (_, index) => decide(answered(500), { made: index + 1, retries }, 0).action,
    );
    expect(actions).toEqual([...Array<string>(lastAttempt - 1).fill('retry'), 'give-up']);
  });

  it('waits twice as long each time, for a minute at most', () => {
    const delays = [1, 2, 3, 6, 7, 20].map((made) =>
      decide(answered(500), { made, retries: 99 }, 0),
    );
    expect(delays.map((decision) => 'delayMs' in decision && decision.delayMs)).toEqual([
      1000, 2000, 4000, 32_000, 60_000, 60_000,
    ]);
  });

  it('leaves half of the delay to chance', () => {
    expect(decide(answered(500), first, 0.5)).toEqual({ action: 'retry', delayMs: 750 });
    expect(decide(answered(500), first, 0.99)).toEqual({ action: 'retry', delayMs: 505 });
  });

  it.each([
    { asked: 0, delayMs: 1000, why: 'never sooner than our own delay' },
    { asked: 400, delayMs: 1000, why: 'never sooner than our own delay' },
    { asked: 7000, delayMs: 7000, why: 'as long as the receiver asks' },
    { asked: 3_600_000, delayMs: 300_000, why: 'five minutes at most' },
  ])('waits $delayMs ms when asked for $asked ms: $why', ({ asked, delayMs }) => {
    expect(decide(answered(429, asked), first, 0)).toEqual({ action: 'retry', delayMs });
    expect(decide(answered(503, asked), first, 0)).toEqual({ action: 'retry', delayMs });
  });
});
