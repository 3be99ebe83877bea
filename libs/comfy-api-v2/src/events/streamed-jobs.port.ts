import type { JsonObject } from '@gateway/comfy-protocol';
import type { JobStatus } from '@gateway/events';

/**
 * What event streams read of jobs. One answer goes to every watcher of a job, whoever he is, so
 * addresses in it are relative to the host that each watcher called.
 */
export interface StreamedJobs {
  /** The job as it stands; `undefined`: there is none. */
  read(jobId: string): Promise<StreamedJob | undefined>;
  /** One committed output; `undefined`: it cannot be resolved yet, and may come later. */
  output(jobId: string, assetId: string): Promise<StreamedOutput | undefined>;
}

export interface StreamedJob {
  readonly status: JobStatus;
  /** Those committed so far, as in the job's `outputs`. */
  readonly outputs: readonly StreamedOutput[];
}

/** An `Output` of Comfy API v2. */
export type StreamedOutput = JsonObject & { readonly id: string; readonly url: string };
