import type { Clock } from './clock.port';

/** Waits, or until the signal says there is no need to; resolves either way. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const wake = (): void => {
      cancel();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.schedule(delayMs, wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}
