/** Where a job stands. The last four are terminal. */
export type JobStatus =
  'queued' | 'running' | 'canceling' | 'succeeded' | 'failed' | 'canceled' | 'expired';

/** A job moved from one status to another (`from` is absent when it was just accepted). */
export interface JobTransitioned {
  readonly jobId: string;
  readonly from?: JobStatus;
  readonly to: JobStatus;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Why it did not succeed, where there is a why. */
  readonly failure?: {
    readonly code: string;
    readonly message: string;
    readonly details?: Readonly<Record<string, unknown>>;
  };
}
