import type { Clock } from '@gateway/kernel';

/** Asks the engine once, by HTTP, whether it answers. A rejection counts as no. */
export type ReadinessProbe = (signal: AbortSignal) => Promise<boolean>;

/** One question with an end: `false` on a failure, after `timeoutMs`, or when `signal` aborts. */
export async function answersWithin(
  timeoutMs: number,
  probe: ReadinessProbe,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const attempt = new AbortController();
  const abort = () => {
    attempt.abort();
  };
  const aborted = new Promise<false>((resolve) => {
    attempt.signal.addEventListener('abort', () => {
      resolve(false);
    });
  });
  const cancelTimeout = clock.schedule(timeoutMs, abort);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([probe(attempt.signal).catch(() => false), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
    cancelTimeout();
    abort();
  }
}
