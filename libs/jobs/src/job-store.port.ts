import type { Job } from './job';

export const JOB_STORE = Symbol('JobStore');

/**
 * Where jobs are kept. Every adapter passes `describeJobStore`.
 *
 * Writes are compare-and-set on the job's version, so that of two concurrent transitions exactly
 * one wins.
 */
export interface JobStore {
  /** @throws JobExistsError (`job.exists`) while a job with that id is retained. */
  insert(job: Job): Promise<void>;
  get(id: string): Promise<Job | undefined>;
  /**
   * Replaces the job, whose stored version must be `job.version - 1`.
   *
   * @throws JobConflictError (`job.conflict`), JobNotFoundError (`job.not_found`).
   */
  update(job: Job): Promise<void>;
  /** Jobs that have not ended, oldest first. */
  listLive(): Promise<readonly Job[]>;
}
