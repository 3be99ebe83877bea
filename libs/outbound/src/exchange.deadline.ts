import type { Clock } from '@gateway/kernel';

/** Ends an exchange: when its time is up, or with the reason of the caller's own signal. */
export class ExchangeDeadline {
  private readonly controller = new AbortController();
  private readonly stopClock: () => void;

  constructor(
    clock: Clock,
    timeoutMs: number,
    timedOut: () => Error,
    private readonly outer: AbortSignal | undefined,
  ) {
    const delayMs = Math.min(timeoutMs, LONGEST_TIMER_MS);
    this.stopClock = clock.schedule(delayMs, () => {
      this.controller.abort(timedOut());
    });
    outer?.addEventListener('abort', this.passOn, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Settles as `work` does, or at once when the time is up: undici aborts no request that connects. */
  async bound<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    let end = (): void => undefined;
    const ended = new Promise<never>((_resolve, reject) => {
      end = () => {
        reject(signal.reason as Error);
      };
      if (signal.aborted) end();
      else signal.addEventListener('abort', end);
    });
    try {
      return await Promise.race([work, ended]);
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  /** What a failure is due to: the end of the exchange, if that came first. */
  causeOf(failure: Error): Error {
    return this.signal.aborted ? (this.signal.reason as Error) : failure;
  }

  /** Leaves the clock and the caller's signal alone. May be called twice. */
  release(): void {
    this.stopClock();
    this.outer?.removeEventListener('abort', this.passOn);
  }

  private readonly passOn = (): void => {
    this.controller.abort(this.outer?.reason);
  };
}

/** Node's timers take longer ones for one millisecond. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
