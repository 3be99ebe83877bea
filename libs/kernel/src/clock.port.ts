/** Time, injected: decisions take `now`, shells ask a clock, tests turn the hands. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `task` once after `delayMs`; the returned function cancels it and may be called twice. */
  schedule(delayMs: number, task: () => void): () => void;
}

export const CLOCK = Symbol('Clock');

/** The machine's own clock. Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
