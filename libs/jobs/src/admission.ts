import { QueueFullError } from './jobs.errors';

/** How much may wait; `0` means without limit. */
export interface AdmissionLimits {
  readonly maxQueuedJobs: number;
  readonly maxQueuedBytes: number;
}

/**
 * Counts what waits, and refuses what would be too much. It also watches how fast jobs leave, so that
 * a refused caller is told when a place is likely to be free.
 */
export class Admission {
  private jobs = 0;
  private bytes = 0;
  private meanGapMs = 1000;
  private lastLeftAt: number | undefined;

  constructor(private readonly limits: AdmissionLimits) {}

  /** Refuses what would be too much, and changes nothing. @throws QueueFullError (`queue.full`). */
  check(sizeBytes: number): void {
    const { maxQueuedJobs, maxQueuedBytes } = this.limits;
    if (maxQueuedJobs > 0 && this.jobs >= maxQueuedJobs) {
      throw new QueueFullError(`${maxQueuedJobs} jobs`, this.retryAfterS());
    }
    if (maxQueuedBytes > 0 && this.jobs > 0 && this.bytes + sizeBytes > maxQueuedBytes) {
      throw new QueueFullError(`${Math.round(maxQueuedBytes / 2 ** 20)} MB`, this.retryAfterS());
    }
  }

  /** A job waits, for the first time or again. */
  add(sizeBytes: number): void {
    this.jobs += 1;
    this.bytes += sizeBytes;
  }

  /** A job waits no more. */
  leave(sizeBytes: number, now: number): void {
    this.jobs -= 1;
    this.bytes -= sizeBytes;
    if (this.lastLeftAt !== undefined) {
      const gapMs = now - this.lastLeftAt;
      this.meanGapMs += (gapMs - this.meanGapMs) * NEWEST_GAP_WEIGHT;
    }
    this.lastLeftAt = this.jobs > 0 ? now : undefined;
  }

  /** Jobs that wait. */
  get queued(): number {
    return this.jobs;
  }

  private retryAfterS(): number {
    return Math.min(Math.max(Math.ceil(this.meanGapMs / 1000), 1), MAX_RETRY_AFTER_S);
  }
}

const NEWEST_GAP_WEIGHT = 0.2;
const MAX_RETRY_AFTER_S = 60;
