import type { Log } from '@gateway/kernel';

/** Owns promises that nobody awaits where they begin, until {@link drain} has seen them end. */
export class OwnedTasks {
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly log: Log) {}

  own(what: string, work: Promise<unknown>): void {
    const task = work
      .then(
        () => undefined,
        (error: unknown) => {
          this.log.warn({ err: error }, `${what} failed`);
        },
      )
      .finally(() => this.running.delete(task));
    this.running.add(task);
  }

  /** Resolves when no task is left, those begun meanwhile included. */
  async drain(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }
}
