/** Gives a place back; safe to call twice. */
export type Release = () => void;

/**
 * A fixed number of places, handed out first come, first served. Who waits leaves no trace when its
 * signal aborts.
 */
export class Slots {
  private free: number;
  private readonly waiting = new Set<() => void>();

  constructor(readonly size: number) {
    this.free = size;
  }

  /** @throws the signal's reason when it aborts first. */
  async acquire(signal: AbortSignal): Promise<Release> {
    signal.throwIfAborted();
    if (this.free > 0) this.free -= 1;
    else await this.turn(signal);
    return this.releaseOnce();
  }

  /** A place if one is free at this moment. */
  tryAcquire(): Release | undefined {
    if (this.free === 0) return undefined;
    this.free -= 1;
    return this.releaseOnce();
  }

  get inUse(): number {
    return this.size - this.free;
  }

  get waiters(): number {
    return this.waiting.size;
  }

  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const takeOver = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.waiting.delete(takeOver);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.add(takeOver);
    });
  }

  private releaseOnce(): Release {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const [next] = this.waiting;
      if (!next) {
        this.free += 1;
        return;
      }
      this.waiting.delete(next);
      next();
    };
  }
}
