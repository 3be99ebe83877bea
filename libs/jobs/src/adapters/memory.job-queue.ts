import type { Claim, EnqueueOptions, JobQueue } from '../job-queue.port';
import { WaitingLine } from './waiting-line';

type Waiter = (claim: Claim | undefined) => void;

/** A queue in this process's memory: one line per priority, and one before them for what came back. */
export class MemoryJobQueue implements JobQueue {
  /** By priority, highest first; none is empty. */
  private lines: readonly { readonly priority: number; readonly line: WaitingLine }[] = [];
  private readonly lineOf = new Map<string, WaitingLine>();
  private readonly waiters = new Set<Waiter>();

  enqueue(jobId: string, { priority = 0 }: EnqueueOptions = {}): Promise<void> {
    this.add(jobId, priority);
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
    return Promise.resolve(this.takeOut(jobId));
  }

  depth(): number {
    return this.lineOf.size;
  }

  position(jobId: string): number | undefined {
    const own = this.lineOf.get(jobId);
    if (!own) return undefined;
    let before = 0;
    for (const { line } of this.lines) {
      if (line === own) break;
      before += line.size;
    }
    return before + (own.placeOf(jobId) ?? 0);
  }

  private add(jobId: string, priority: number): void {
    if (!this.lineOf.has(jobId)) {
      const line = this.lineAt(priority);
      line.add(jobId);
      this.lineOf.set(jobId, line);
    }
    this.serveWaiter();
  }

  private lineAt(priority: number): WaitingLine {
    const found = this.lines.find((one) => one.priority === priority);
    if (found) return found.line;
    const line = new WaitingLine();
    this.lines = [...this.lines, { priority, line }].sort((a, b) => b.priority - a.priority);
    return line;
  }

  private takeOut(jobId: string): boolean {
    const line = this.lineOf.get(jobId);
    if (!line) return false;
    line.delete(jobId);
    this.lineOf.delete(jobId);
    if (line.size === 0) this.lines = this.lines.filter((one) => one.line !== line);
    return true;
  }

  private serveWaiter(): void {
    const [waiter] = this.waiters;
    if (!waiter) return;
    const claim = this.takeNext();
    if (claim) waiter(claim);
  }

  private takeNext(): Claim | undefined {
    const jobId = this.lines[0]?.line.first();
    if (jobId === undefined) return undefined;
    this.takeOut(jobId);
    return {
      jobId,
      renew: () => Promise.resolve(),
      ack: () => Promise.resolve(),
      release: () => {
        this.add(jobId, BEFORE_ALL);
        return Promise.resolve();
      },
    };
  }
}

const BEFORE_ALL = Infinity;
