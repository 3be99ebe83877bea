export const JOB_QUEUE = Symbol('JobQueue');

/** Jobs waiting for a worker, first in, first out. Every adapter passes `describeJobQueue`. */
export interface JobQueue {
  enqueue(jobId: string): Promise<void>;
  /**
   * Takes the next job, waiting for one if need be; `undefined` once `signal` aborts.
   * A claimed job is this worker's until it is acked, or released for another to take.
   */
  claim(signal: AbortSignal): Promise<Claim | undefined>;
  /** Takes a waiting job out. `false`: it was not waiting (any more). */
  remove(jobId: string): Promise<boolean>;
  /** How many jobs wait. */
  depth(): number;
}

export interface Claim {
  readonly jobId: string;
  /** Says that the worker is still at it; adapters with leases extend them. */
  renew(): Promise<void>;
  /** The job needs no worker any more. */
  ack(): Promise<void>;
  /** Gives the job back, to be claimed before all that wait. */
  release(): Promise<void>;
}
