import type { JobStatus } from '@gateway/events';

import type { Job, JobSummary, LiveJob, TerminalJob } from './job';

export const JOB_STORE = Symbol('JobStore');

/**
 * Where jobs are kept. Every adapter passes `describeJobStore`.
 *
 * Writes are compare-and-set on the job's version, so that of two concurrent transitions exactly
 * one wins. A write that a store cannot make rejects (`state.unavailable`) and changes nothing.
 */
export interface JobStore {
  /**
   * `alongside` is done once the id is known to be free, and both or none of it are written; what it
   * throws is thrown.
   *
   * @throws JobExistsError (`job.exists`) while a job with that id is retained.
   */
  insert(job: Job, alongside?: () => void): Promise<void>;
  /** @param endedFrom as if settled jobs that ended before were forgotten. */
  get(id: string, endedFrom?: number): Promise<Job | undefined>;
  /** {@link get} without what can be large, its request and with it the graph. */
  summary(id: string, endedFrom?: number): Promise<JobSummary | undefined>;
  /**
   * Replaces the job, whose stored version must be `job.version - 1`; its request stays as it was
   * inserted. `settled`: as {@link settle} in the same write.
   *
   * @throws JobConflictError (`job.conflict`), JobNotFoundError (`job.not_found`).
   */
  update(job: Job, settled?: 'settled'): Promise<void>;
  /**
   * Replaces a live job as {@link update} does, by what need not survive this process: the next update
   * writes it, too.
   *
   * @throws JobConflictError (`job.conflict`), JobNotFoundError (`job.not_found`).
   */
  note(job: LiveJob): Promise<void>;
  /** Jobs that have not ended, oldest first. */
  listLive(): Promise<readonly LiveJob[]>;
  /** Retained jobs, newest first, without transient ones. */
  list(query: JobQuery): Promise<readonly ListedJob[]>;
  /**
   * Nothing is left to be done for it: its outcome is where it was to go, or was given up, and its
   * report is needed no more. `soon`: with the next write; a death before that only makes the next
   * life find that nothing was left.
   */
  settle(id: string, soon?: 'soon'): Promise<void>;
  /** Writes what was left for the next write; for a gateway that ends. */
  flush(): Promise<void>;
  /** Jobs that have ended and are not settled, oldest first. */
  listUnsettled(): Promise<readonly TerminalJob[]>;
  /** Whether there is a job that has not ended, or is not settled, with one of these ids. */
  hasUnsettled(ids: IdQuery): Promise<boolean>;
  /** Settled jobs beyond what is to be retained, those that ended first leading. */
  listExpendable(beyond: Retained, limit: number): Promise<readonly ExpendableJob[]>;
  /** Forgets a job that has ended; its id is free again. */
  remove(id: string): Promise<void>;
}

export interface JobQuery {
  readonly statuses?: readonly JobStatus[];
  /** Created at or after, milliseconds since the epoch. */
  readonly createdFrom?: number;
  /** Created before. */
  readonly createdBefore?: number;
  /** Jobs whose `metadata` has each of these texts. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Settled jobs that ended before are left out. */
  readonly endedFrom?: number;
  /** Only jobs that come after the one at this place. */
  readonly after?: number;
  readonly limit: number;
}

export interface IdQuery {
  readonly beginningWith: string;
  readonly among: readonly string[];
}

export interface ListedJob {
  readonly job: JobSummary;
  /** Where it stands in the order of acceptance; grows, and is never given twice. */
  readonly place: number;
}

export interface ExpendableJob {
  readonly id: string;
  readonly endedAt: number;
}

/** What settled jobs may stay: those that ended later, or so many of the latest. */
export type Retained = { readonly endedFrom: number } | { readonly latest: number };
