import type { PromptGraph } from '@gateway/comfy-protocol';
import type { JobFailure } from '@gateway/jobs';

import type { PreparedOutput } from './prepared-output';
import type { PromptStats } from './prompt-stats';

/** What became of a prompt, for whoever waits for it. */
export type PromptResult = PromptSucceeded | PromptNotSucceeded;

export interface PromptSucceeded {
  readonly outcome: 'succeeded';
  readonly jobId: string;
  /** The graph that ran: inputs as file names, prefixes salted. */
  readonly prompt: PromptGraph;
  readonly outputs: readonly PreparedOutput[];
  /** Stats as of now: time spent on delivery counts until this is called. */
  stats(): PromptStats;
  /** Everything was delivered: remove the files that are this job's alone. */
  delivered(): Promise<void>;
  /** Nobody took them, or not all: let go of what is open and keep the files. */
  abandoned(): Promise<void>;
}

export interface PromptNotSucceeded {
  readonly outcome: 'failed';
  readonly jobId: string;
  readonly failure: JobFailure;
}

/**
 * Takes over the result of one job: the inline answer today; webhooks, assets and buckets are others.
 * The sink calls `delivered` or `abandoned` of a success, exactly once.
 */
export interface OutputSink {
  settle(result: PromptResult): void;
}
