import type { OutputItem, PromptGraph } from '@gateway/comfy-protocol';
import {
  IllegalTransitionError,
  isTerminal,
  type Job,
  type JobFact,
  type JobFailure,
  type JobService,
  type JobStats,
  type OutputSink,
  type OutputSinks,
  type PreparedOutput,
} from '@gateway/jobs';
import { pause, type Clock, type Log } from '@gateway/kernel';
import { StateUnavailableError } from '@gateway/state';

import { closeOutputs } from './output-preparation';
import type { OwnFiles } from './own-files';
import { failureFrom } from './prompt-failure';
import {
  PreprocessingFailedError,
  PromptCanceledError,
  PromptTimedOutError,
} from './prompt.errors';
import { shelvedResult, type ShelfKeepers } from './shelved-result';

export interface JobEndingDependencies extends ShelfKeepers {
  readonly jobs: JobService;
  /** Of what clients named beside an answer. */
  readonly sinks: OutputSinks;
  readonly clock: Clock;
  readonly log: Log;
}

/** A success, as the run hands it over. */
export interface Achieved {
  readonly items: readonly OutputItem[];
  readonly outputNodes: readonly string[];
  /** Those of the items that are not on the shelf. */
  readonly outputs: readonly PreparedOutput[];
  /** The graph that ran. */
  readonly prompt: PromptGraph;
  readonly stats: () => JobStats;
}

type EndingFact = Extract<JobFact, { readonly type: 'failed' | 'canceled' | 'timed-out' }>;

/**
 * Writes down how a job ended and sees its result to whoever is to have it: the caller who waits,
 * its webhooks, or nobody yet. What no answer takes is on the shelf before the job has succeeded.
 */
export class JobEnding {
  /** An ending that could not be written down at once. */
  private owed: Promise<void> = Promise.resolve();
  /** As it is written down. */
  private endedAt: number | undefined;

  constructor(
    private readonly job: Job,
    private readonly own: OwnFiles,
    /** Who waits for the answer; absent: nobody does, or no more. */
    private readonly waiter: OutputSink | undefined,
    /** Aborts when the gateway ends. */
    private readonly halted: AbortSignal,
    private readonly dependencies: JobEndingDependencies,
  ) {}

  /** Outputs go to the shelf, whoever waits. */
  get shelves(): boolean {
    return !this.waiter || this.job.request.keep === true;
  }

  /** Resolves when the ending is written down, or the gateway ends first. */
  written(): Promise<void> {
    return this.owed;
  }

  /** @throws StateUnavailableError (`state.unavailable`) when outputs cannot be kept. */
  async succeed(achieved: Achieved): Promise<void> {
    if (this.waiter && !this.shelves) await this.answer(this.waiter, achieved);
    else await this.shelve(achieved);
  }

  /** A failure on our way, a cancel, or a time-out: the error says which. */
  async fail(error: unknown): Promise<void> {
    const failure = failureFrom(error);
    if (error instanceof PromptCanceledError) return this.end({ type: 'canceled' }, failure);
    if (error instanceof PromptTimedOutError) return this.end({ type: 'timed-out', failure });
    if (failure.code === 'prompt.internal') {
      this.dependencies.log.error({ jobId: this.job.id, err: error }, 'job failed unexpectedly');
    } else if (error instanceof PreprocessingFailedError) {
      this.dependencies.log.warn({ jobId: this.job.id, err: error }, 'a preprocessor failed');
    }
    return this.end({ type: 'failed', failure });
  }

  async end(fact: EndingFact, failure: JobFailure = failureIn(fact)): Promise<void> {
    await this.own.removeOutputs();
    await this.own.removeUntold();
    await this.write(fact);
    await this.own.removeInputs();
    const told = (): Promise<void> => this.settle();
    const sink = this.waiter ?? this.webhooks();
    const { endedAt } = this;
    sink?.settle({ outcome: 'failed', jobId: this.job.id, endedAt, failure, told });
    if (!sink || sink === this.waiter) await told();
  }

  /** The files are read where the engine put them; those the answer did not take go to the shelf. */
  private async answer(waiter: OutputSink, achieved: Achieved): Promise<void> {
    const { items, outputNodes, outputs, prompt, stats } = achieved;
    await this.write({ type: 'succeeded', outputs: items, outputNodes });
    await this.own.removeInputs();
    waiter.settle({
      outcome: 'succeeded',
      jobId: this.job.id,
      prompt,
      outputs,
      stats,
      delivered: async () => {
        await closeOutputs(outputs);
        await this.own.removeOutputs();
        await this.settle();
      },
      abandoned: async () => {
        await this.keep(achieved);
        await this.own.removeOutputs();
        await this.settle();
      },
    });
  }

  private async shelve(achieved: Achieved): Promise<void> {
    await this.keep(achieved);
    const { items, outputNodes, prompt, stats } = achieved;
    const sink = this.waiter ?? this.webhooks();
    const report = { prompt, stats: stats() };
    const isOwed = sink && sink !== this.waiter;
    await this.write({
      type: 'succeeded',
      outputs: items,
      outputNodes,
      ...(isOwed && { report }),
    });
    this.owed = this.owed.then(() => this.removeOutputs());
    if (!this.waiter) await this.owed;
    await this.own.removeInputs();
    const ended = { ...this.job, endedAt: this.endedAt };
    if (sink) sink.settle(await shelvedResult(ended, report, this.dependencies));
    else await this.settle();
  }

  private async keep({ outputs, prompt }: Achieved): Promise<void> {
    try {
      await this.dependencies.shelf.keep(this.job.id, outputs, Object.keys(prompt));
    } finally {
      await closeOutputs(outputs);
    }
  }

  /** Once the end is written down: a next life that finds none looks where the engine put them. */
  private async removeOutputs(): Promise<void> {
    if (this.endedAt !== undefined) await this.own.removeOutputs();
  }

  private webhooks(): OutputSink | undefined {
    return this.dependencies.sinks.open(this.job);
  }

  /** A message that was sent must not be sent again; all else may be done twice. */
  private async settle(): Promise<void> {
    await this.owed;
    const tells = (this.job.request.webhooks?.length ?? 0) > 0;
    await this.dependencies.jobs.settle(this.job.id, tells ? undefined : 'soon');
  }

  /**
   * A caller who waits is not kept waiting for a disk to have room again: he gets his result, and
   * the ending is written down when that can be done.
   */
  private async write(fact: EndingFact | Extract<JobFact, { type: 'succeeded' }>): Promise<void> {
    if (await this.tryToWrite(fact)) return;
    this.owed = this.writeLater(fact);
    if (!this.waiter) await this.owed;
  }

  private async writeLater(fact: JobFact): Promise<void> {
    const { clock, log } = this.dependencies;
    log.error(
      { jobId: this.job.id, fact: fact.type },
      'the end of a job cannot be written down yet',
    );
    do await pause(clock, WRITE_AGAIN_MS, this.halted);
    while (!this.halted.aborted && !(await this.tryToWrite(fact)));
  }

  /** `false`: the state cannot be written now. A job that has ended before keeps that ending. */
  private async tryToWrite(fact: JobFact): Promise<boolean> {
    const { jobs, log } = this.dependencies;
    const { id: jobId } = this.job;
    try {
      this.noteEnd(await jobs.record(jobId, fact));
      return true;
    } catch (error) {
      if (error instanceof StateUnavailableError) return false;
      if (!(error instanceof IllegalTransitionError)) throw error;
      log.debug({ jobId, err: error, fact: fact.type }, 'job had ended before');
      this.noteEnd(await jobs.get(jobId));
      return true;
    }
  }

  private noteEnd(job: Job | undefined): void {
    if (job && isTerminal(job)) this.endedAt = job.endedAt;
  }
}

const WRITE_AGAIN_MS = 1_000;

function failureIn(fact: EndingFact): JobFailure {
  return fact.type === 'canceled' ? failureFrom(new PromptCanceledError()) : fact.failure;
}
