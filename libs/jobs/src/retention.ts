import type { Clock, Log } from '@gateway/kernel';

import type { JobStore, Retained } from './job-store.port';
import type { OutputShelf } from './output-shelf.port';

/** How long, and how much of, what has ended stays. `0` means without limit. */
export interface RetentionPolicy {
  readonly maxAgeMs: number;
  /** Of records and outputs together. */
  readonly maxBytes: number;
  /** Of the latest jobs. */
  readonly maxJobs: number;
}

export interface RetentionParts {
  readonly store: Pick<JobStore, 'listExpendable' | 'remove'>;
  readonly shelf: Pick<OutputShelf, 'remove' | 'sizeBytes'>;
  /** What the records themselves take up. */
  readonly recordBytes: () => number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Forgets ended jobs with their outputs, those that ended first leading. Never a live one. */
export class Retention {
  private cancelNext: (() => void) | undefined;
  private sweeping: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly policy: RetentionPolicy,
    private readonly parts: RetentionParts,
  ) {}

  /** Sweeps now and every minute until {@link stop}. */
  start(): void {
    this.sweeping = this.sweep().catch((error: unknown) => {
      this.parts.log.warn({ err: error }, 'ended jobs could not be forgotten');
    });
    this.cancelNext = this.parts.clock.schedule(SWEEP_EVERY_MS, () => this.start());
  }

  async stop(): Promise<void> {
    this.cancelNext?.();
    await this.sweeping;
  }

  /** How many jobs it forgot. */
  async sweep(): Promise<number> {
    const { maxAgeMs, maxBytes, maxJobs } = this.policy;
    let forgotten = 0;
    if (maxAgeMs > 0) forgotten += await this.forget({ endedFrom: this.now() - maxAgeMs });
    if (maxJobs > 0) forgotten += await this.forget({ latest: maxJobs });
    while (maxBytes > 0 && this.sizeBytes() > maxBytes) {
      const oldest = await this.forgetSome({ latest: 0 }, BATCH_WHILE_TOO_LARGE);
      if (oldest === 0) break;
      forgotten += oldest;
    }
    if (forgotten > 0) this.parts.log.debug({ jobs: forgotten }, 'ended jobs were forgotten');
    return forgotten;
  }

  private async forget(beyond: Retained): Promise<number> {
    let forgotten = 0;
    for (;;) {
      const some = await this.forgetSome(beyond, BATCH);
      forgotten += some;
      if (some < BATCH) return forgotten;
    }
  }

  /** Outputs go first: of a sweep that is cut off, the next one finds the record. */
  private async forgetSome(beyond: Retained, limit: number): Promise<number> {
    const { store, shelf } = this.parts;
    const ids = await store.listExpendable(beyond, limit);
    for (const id of ids) {
      await shelf.remove(id);
      await store.remove(id);
    }
    return ids.length;
  }

  private sizeBytes(): number {
    return this.parts.recordBytes() + this.parts.shelf.sizeBytes();
  }

  private now(): number {
    return this.parts.clock.now();
  }
}

const SWEEP_EVERY_MS = 60_000;
const BATCH = 100;
/** The size is looked at anew after each of these. */
const BATCH_WHILE_TOO_LARGE = 10;
