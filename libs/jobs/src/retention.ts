import { setImmediate as breathe } from 'node:timers/promises';

import type { Clock, Log } from '@gateway/kernel';

import type { JobStore, Retained } from './job-store.port';

/** How long, and how much of, what has ended stays. `0` means without limit. */
export interface RetentionPolicy {
  readonly maxAgeMs: number;
  /** Of records and files together. */
  readonly maxBytes: number;
  /** Of the latest jobs. */
  readonly maxJobs: number;
}

/** The files of jobs and of clients. */
export interface KeptFiles {
  totalBytes(): number;
  outputBytesOf(jobId: string): number;
  removeOutputsOf(jobId: string): Promise<void>;
  /** Files that clients brought and no job needs now, the oldest first. */
  oldestUploads(limit: number): readonly KeptUpload[];
  /** Removes one of those, unless a job needs it by now. */
  evictUpload(id: string): Promise<void>;
}

export interface KeptUpload {
  readonly id: string;
  readonly createdAt: number;
  readonly sizeBytes: number;
}

export interface RetentionParts {
  readonly store: Pick<JobStore, 'listExpendable' | 'remove'>;
  readonly files: KeptFiles;
  /** What the records themselves take up. */
  readonly recordBytes: () => number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Forgets ended jobs with their outputs, those that ended first leading; never a live one. Beyond the
 * size limit files of clients go as well, in one order with the jobs, but none that a job needs.
 */
export class Retention {
  private isStopped = false;
  private cancelNext: (() => void) | undefined;
  private working: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly policy: RetentionPolicy,
    private readonly parts: RetentionParts,
  ) {}

  /** Sweeps now, and a minute after the end of each sweep until {@link stop}. */
  start(): void {
    this.isStopped = false;
    const sweeping = this.sweep().catch((error: unknown) => {
      this.parts.log.warn({ err: error }, 'ended jobs could not be forgotten');
    });
    void sweeping.then(() => {
      if (this.isStopped) return;
      this.cancelNext = this.parts.clock.schedule(SWEEP_EVERY_MS, () => this.start());
    });
  }

  /** A sweep under way ends after a few jobs more; what it leaves is the next life's. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.cancelNext?.();
    await this.working;
  }

  /** How many jobs and files it forgot. */
  sweep(): Promise<number> {
    return this.alone(async () => {
      const { maxAgeMs, maxJobs } = this.policy;
      let forgotten = 0;
      if (maxAgeMs > 0) {
        forgotten += await this.forget({ endedFrom: this.parts.clock.now() - maxAgeMs });
      }
      if (maxJobs > 0) forgotten += await this.forget({ latest: maxJobs });
      forgotten += await this.shrink();
      if (forgotten > 0) this.parts.log.debug({ forgotten }, 'jobs and files were forgotten');
      return forgotten;
    });
  }

  /**
   * Forgets the oldest until so many bytes more fit under the limit.
   *
   * @returns `false` when they cannot, whatever goes; then nothing went in vain.
   */
  makeRoom(bytes: number): Promise<boolean> {
    return this.alone(async () => {
      const isThereRoom = (): boolean => this.excess + bytes <= 0;
      if (this.policy.maxBytes === 0 || isThereRoom()) return true;
      for (let limit = BATCH; ; limit *= 4) {
        const { oldest, areAll } = await this.oldest(limit);
        const total = oldest.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        if (total >= this.excess + bytes) {
          await this.evict(oldest, isThereRoom);
          return isThereRoom();
        }
        if (areAll) return false;
      }
    });
  }

  /** One sweep or eviction at a time: each counts on what it has counted. */
  private alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.working.then(work);
    this.working = mine.catch(() => undefined);
    return mine;
  }

  private async forget(beyond: Retained): Promise<number> {
    let forgotten = 0;
    for (;;) {
      const jobs = await this.parts.store.listExpendable(beyond, BATCH);
      forgotten += await this.evict(jobs.map(({ id }) => this.job(id)));
      if (jobs.length < BATCH || this.isStopped) return forgotten;
    }
  }

  private async shrink(): Promise<number> {
    let forgotten = 0;
    while (this.policy.maxBytes > 0 && this.excess > 0) {
      const { oldest } = await this.oldest(BATCH);
      forgotten += await this.evict(oldest, () => this.excess <= 0);
      if (oldest.length === 0 || this.isStopped) break;
    }
    return forgotten;
  }

  /** @returns how many went until it was enough. */
  private async evict(
    victims: readonly Pick<Victim, 'remove'>[],
    isEnough = () => false,
  ): Promise<number> {
    let gone = 0;
    for (const { remove } of victims) {
      if (isEnough()) break;
      await remove();
      gone += 1;
      if (gone % BREATHE_EVERY !== 0) continue;
      await breathe();
      if (this.isStopped) break;
    }
    return gone;
  }

  /** Of jobs and uploads in one order, as far as so many of each tell. */
  private async oldest(
    limit: number,
  ): Promise<{ readonly oldest: readonly Victim[]; readonly areAll: boolean }> {
    const { store, files } = this.parts;
    const jobs = (await store.listExpendable({ latest: 0 }, limit)).map(
      ({ id, endedAt }): Victim => ({
        since: endedAt,
        sizeBytes: files.outputBytesOf(id),
        ...this.job(id),
      }),
    );
    const uploads = files.oldestUploads(limit).map(({ id, createdAt, sizeBytes }): Victim => ({
      since: createdAt,
      sizeBytes,
      remove: () => files.evictUpload(id),
    }));
    const known = Math.min(...[jobs, uploads].map((list) => knownUntil(list, limit)));
    const oldest = [...jobs, ...uploads]
      .filter(({ since }) => since <= known)
      .sort((a, b) => a.since - b.since);
    return { oldest, areAll: known === Infinity };
  }

  /** Outputs go first: of a sweep that is cut off, the next one finds the record. */
  private job(id: string): Pick<Victim, 'remove'> {
    const { store, files } = this.parts;
    return {
      remove: async () => {
        await files.removeOutputsOf(id);
        await store.remove(id);
      },
    };
  }

  /** Bytes beyond the limit; below zero: what there is room for. */
  private get excess(): number {
    const { recordBytes, files } = this.parts;
    return recordBytes() + files.totalBytes() - this.policy.maxBytes;
  }
}

interface Victim {
  readonly since: number;
  readonly sizeBytes: number;
  remove(): Promise<void>;
}

/** Of a list that was cut off, nobody knows what comes after its last. */
function knownUntil(list: readonly Victim[], limit: number): number {
  return list.length < limit ? Infinity : (list.at(-1)?.since ?? Infinity);
}

const SWEEP_EVERY_MS = 60_000;
const BATCH = 100;
/** Others have their turn after each of these. */
const BREATHE_EVERY = 10;
