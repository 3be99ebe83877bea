import type { Claim, JobQueue } from '../job-queue.port';

type Waiter = (claim: Claim | undefined) => void;

/** A queue in this process's memory. A `Set` keeps order and removes by id without a search. */
export class MemoryJobQueue implements JobQueue {
  private readonly waiting = new Set<string>();
  private readonly returned = new Set<string>();
  private readonly waiters = new Set<Waiter>();

  enqueue(jobId: string): Promise<void> {
    this.waiting.add(jobId);
    this.serveWaiter();
    return Promise.resolve();
  }

  claim(signal: AbortSignal): Promise<Claim | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    const claim = this.takeNext();
    if (claim) return Promise.resolve(claim);
    return new Promise((resolve) => {
      const waiter: Waiter = (next) => {
        signal.removeEventListener('abort', giveUp);
        this.waiters.delete(waiter);
        resolve(next);
      };
      const giveUp = (): void => waiter(undefined);
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiters.add(waiter);
    });
  }

  remove(jobId: string): Promise<boolean> {
    return Promise.resolve(this.returned.delete(jobId) || this.waiting.delete(jobId));
  }

  depth(): number {
    return this.waiting.size + this.returned.size;
  }

  private serveWaiter(): void {
    const [waiter] = this.waiters;
    if (!waiter) return;
    const claim = this.takeNext();
    if (claim) waiter(claim);
  }

  private takeNext(): Claim | undefined {
    const [jobId] = this.returned.size > 0 ? this.returned : this.waiting;
    if (jobId === undefined) return undefined;
    this.returned.delete(jobId);
    this.waiting.delete(jobId);
    return {
      jobId,
      renew: () => Promise.resolve(),
      ack: () => Promise.resolve(),
      release: () => {
        this.returned.add(jobId);
        this.serveWaiter();
        return Promise.resolve();
      },
    };
  }
}
