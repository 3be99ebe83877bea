import type { Log } from '@gateway/kernel';

/** Owns work that nobody awaits where it begins, until {@link drain} has seen it end. */
export class OwnedWork {
  private readonly running = new Map<Promise<void>, AbortController>();
  private isCutOff = false;

  constructor(private readonly log: Log) {}

  get size(): number {
    return this.running.size;
  }

  /** Begins `work` now. Its signal aborts at the deadline of a drain; after one, it is born aborted. */
  begin(work: (signal: AbortSignal) => Promise<void>): void {
    const control = new AbortController();
    if (this.isCutOff) control.abort();
    const owned = work(control.signal)
      .catch((error: unknown) => {
        this.log.error({ err: error }, 'webhook work broke');
      })
      .finally(() => this.running.delete(owned));
    this.running.set(owned, control);
  }

  /**
   * Resolves when nothing is left, what began meanwhile included. When `deadline` aborts, all of it is
   * told to end.
   */
  async drain(deadline: AbortSignal): Promise<void> {
    const cutOff = (): void => {
      this.cutOff();
    };
    if (deadline.aborted) this.cutOff();
    else deadline.addEventListener('abort', cutOff, { once: true });
    while (this.running.size > 0) await Promise.all(this.running.keys());
    deadline.removeEventListener('abort', cutOff);
  }

  private cutOff(): void {
    this.isCutOff = true;
    for (const control of this.running.values()) control.abort();
  }
}
