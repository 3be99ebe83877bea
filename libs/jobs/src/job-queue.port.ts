export const JOB_QUEUE = Symbol('JobQueue');

/**
 * Jobs waiting for a worker: higher priorities first, first in, first out within each. Every adapter
 * passes `describeJobQueue`.
 */
export interface JobQueue {
  /** A job that waits already keeps its place. */
  enqueue(jobId: string, options?: EnqueueOptions): Promise<void>;
  /**
   * Takes the next job, waiting for one if need be; `undefined` once `signal` aborts.
   * A claimed job is this worker's until it is acked, or released for another to take.
   */
  claim(signal: AbortSignal): Promise<Claim | undefined>;
  /** Takes a waiting job out. `false`: it was not waiting (any more). */
  remove(jobId: string): Promise<boolean>;
  /** How many jobs wait. */
  depth(): number;
  /**
   * How many jobs would be handed out before this one; `undefined`: it does not wait. Cheap enough to
   * be asked for every waiting job: its cost grows with the number of different priorities and the
   * logarithm of the depth.
   */
  position(jobId: string): number | undefined;
}

export interface EnqueueOptions {
  /** An integer, higher first; 0 unless told. */
  readonly priority?: number;
}

export interface Claim {
  readonly jobId: string;
  /** Says that the worker is still at it; adapters with leases extend them. */
  renew(): Promise<void>;
  /** The job needs no worker any more. */
  ack(): Promise<void>;
  /** Gives the job back, to be claimed before all that wait, of whatever priority. */
  release(): Promise<void>;
}
