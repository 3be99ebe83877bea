import type { PromptGraph } from '@gateway/comfy-protocol';

import type { Job, JobFailure } from './job';
import type { JobStats } from './job-stats';
import type { PreparedOutput } from './prepared-output';

/** What became of a job, for whoever takes its outcome. */
export type JobResult = JobSuccess | JobNonSuccess;

export interface JobSuccess {
  readonly outcome: 'succeeded';
  readonly jobId: string;
  /** Milliseconds since the epoch, as it is written down; absent: it is not yet. */
  readonly endedAt?: number | undefined;
  /** The graph that ran: inputs as file names, prefixes salted. */
  readonly prompt: PromptGraph;
  readonly outputs: readonly PreparedOutput[];
  /** Stats as of now: time spent on delivery counts until this is called. */
  stats(): JobStats;
  /** Everything was delivered: the files that are this job's alone are removed. */
  delivered(): Promise<void>;
  /** Nobody took them, or not all: they stay, for whoever asks for them by the job's id. */
  abandoned(): Promise<void>;
}

export interface JobNonSuccess {
  readonly outcome: 'failed';
  readonly jobId: string;
  /** Milliseconds since the epoch, as it is written down; absent: it is not yet. */
  readonly endedAt?: number | undefined;
  readonly failure: JobFailure;
  /** It was told, or never will be; absent where nothing depends on that. */
  told?(): Promise<void>;
}

/**
 * Takes over the result of one job: the inline answer and webhooks today; buckets are others. The
 * sink calls `delivered` or `abandoned` of a success, exactly once, and `told` of anything else; or
 * none of them, when the gateway ends first and the next life is to take the job up again.
 */
export interface OutputSink {
  settle(result: JobResult): void;
}

/** Makes the sink of a job that asked for its outcome elsewhere than in an answer. */
export interface OutputSinks {
  /** `undefined` when the request names no channel of ours. */
  open(job: Job): OutputSink | undefined;
}

export const OUTPUT_SINKS = Symbol('OutputSinks');
