import type { JsonObject, OutputItem, PromptGraph } from '@gateway/comfy-protocol';
import type { JobStatus } from '@gateway/events';

import type { JobStats } from './job-stats';

/** What a caller asked for, as its door read it. */
export interface JobRequest {
  readonly prompt: PromptGraph;
  /** Forwarded to ComfyUI beside the graph; without credentials, which are never stored. */
  readonly extraData: JsonObject;
  /** Names of the credentials that came with it and live in this process's memory alone. */
  readonly withheld?: readonly string[];
  /** Format and options of `convert_output`, already validated; absent: files as they are. */
  readonly convertOutput?: JsonObject;
  /** The files that came inside the request, or are fetched for it; absent: it can have none. */
  readonly inputs?: JobInputFolders;
  /** Where its outcome is to be sent; absent: whoever waits takes it. */
  readonly webhooks?: readonly WebhookTarget[];
  /** Its outputs stay until it expires, even when an answer took them. */
  readonly keep?: boolean;
  /** It means nothing to a later life of the gateway; a warm-up, for instance. */
  readonly transient?: boolean;
  /** Higher ones are run first; 0 when absent. */
  readonly priority?: number;
  /** The caller's own notes on it, given back as they are. */
  readonly metadata?: JsonObject;
  /** Bytes of the request as it came in; what a waiting job costs. */
  readonly sizeBytes: number;
}

/** Sub-folders of the engine's inputs that hold the files of one job. */
export interface JobInputFolders {
  /** The name that the others begin with. */
  readonly folder: string;
  /** Those that were written, to be removed with the job. */
  readonly written: readonly string[];
}

/**
 * An address that a client named for the outcome. Version 1 gets one call per output, version 2 one
 * call for the whole job.
 */
export interface WebhookTarget {
  readonly version: 1 | 2;
  readonly url: string;
  /** Of version 2: which outcomes it wants to hear of; absent: all. */
  readonly events?: readonly WebhookEvent[];
}

/** The `type` of what version 2 sends. */
export const WEBHOOK_EVENTS = ['prompt.complete', 'prompt.failed'] as const;

export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** One try at running a job. ComfyUI never sees an id twice. */
export interface Attempt {
  readonly promptId: string;
  readonly engineId: string;
  readonly submittedAt: number;
  /** When ComfyUI began to execute it; absent while it waits in the engine's own queue. */
  readonly startedAt?: number;
  /** Taken out of the engine by a gateway that ended: it does not count as a try. */
  readonly withdrawn?: true;
}

/** How often a job was tried. */
export function triesOf({ attempts }: Pick<JobCore, 'attempts'>): number {
  return attempts.filter(({ withdrawn }) => !withdrawn).length;
}

/** Why a job failed: a stable code for programs, a message for people, facts for both. */
export interface JobFailure {
  readonly code: string;
  readonly message: string;
  readonly details?: JsonObject;
}

/** What the webhooks of a job say besides its outputs; kept until they have arrived or are given up. */
export interface JobReport {
  /** The graph that ran. */
  readonly prompt: PromptGraph;
  readonly stats: JobStats;
}

/** Times are milliseconds since the epoch. */
interface JobCore {
  /** Public id: the caller's, or minted. */
  readonly id: string;
  readonly ownerId: string;
  /** Grows by one with each transition; stores compare it before they write. */
  readonly version: number;
  readonly request: JobRequest;
  readonly attempts: readonly Attempt[];
  readonly createdAt: number;
}

export interface QueuedJob extends JobCore {
  readonly status: 'queued';
}

export interface RunningJob extends JobCore {
  readonly status: 'running';
}

/** A cancel was asked for while the engine had it; the engine's answer decides the end. */
interface CancelingJob extends JobCore {
  readonly status: 'canceling';
  readonly cancelRequestedAt: number;
}

export interface SucceededJob extends JobCore {
  readonly status: 'succeeded';
  readonly endedAt: number;
  readonly outputs: readonly OutputItem[];
  /** How many nodes its outputs took. */
  readonly nodeCount?: number;
  /** Only where webhooks are owed, until it is settled. */
  readonly report?: JobReport;
}

export interface FailedJob extends JobCore {
  readonly status: 'failed';
  readonly endedAt: number;
  readonly failure: JobFailure;
}

export interface CanceledJob extends JobCore {
  readonly status: 'canceled';
  readonly endedAt: number;
}

/** The job's own deadline passed before it ended. */
export interface ExpiredJob extends JobCore {
  readonly status: 'expired';
  readonly endedAt: number;
  readonly failure: JobFailure;
}

export type LiveJob = QueuedJob | RunningJob | CancelingJob;
export type TerminalJob = SucceededJob | FailedJob | CanceledJob | ExpiredJob;
export type Job = LiveJob | TerminalJob;

/** A job without what it is made of: of its request, only what a list shows. */
export type JobSummary = SummaryOf<Job>;
type SummaryOf<Some extends Job> = Some extends Job
  ? Omit<Some, 'request'> & { readonly request: Pick<JobRequest, 'metadata' | 'priority'> }
  : never;

const TERMINAL: ReadonlySet<JobStatus> = new Set<JobStatus>([
  'succeeded',
  'failed',
  'canceled',
  'expired',
] satisfies readonly TerminalJob['status'][]);

/** Terminal jobs never change again. */
export function isTerminal(job: Job): job is TerminalJob;
export function isTerminal(job: JobSummary): job is SummaryOf<TerminalJob>;
export function isTerminal(job: JobSummary): boolean {
  return isTerminalStatus(job.status);
}

export function isTerminalStatus(status: JobStatus): status is TerminalJob['status'] {
  return TERMINAL.has(status);
}

/** A job that is settled. */
export function withoutReport(job: Job): Job {
  return job.status === 'succeeded' && job.report ? dropReport(job) : job;
}

function dropReport({ report: _report, ...job }: SucceededJob): SucceededJob {
  return job;
}
