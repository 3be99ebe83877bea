import { randomUUID } from 'node:crypto';

import {
  OutputMissingError,
  type PromptEnding,
  type RunProgress,
  type RunTiming,
  type PromptSucceeded as EngineSuccess,
} from '@gateway/comfy-client';
import type { JsonValue, ObjectInfo, OutputItem, PromptGraph } from '@gateway/comfy-protocol';
import type { EventBus } from '@gateway/events';
import type {
  Job,
  JobFact,
  JobResult,
  JobService,
  OutputSink,
  PreparedOutput,
} from '@gateway/jobs';
import type { Log } from '@gateway/kernel';
import type { OutputConversion, OutputFormats } from '@gateway/media';

import { runInEngine, type EngineRunDependencies } from './engine-run';
import type { Engine } from './engine/engine';
import type { EngineCondition } from './engine/engine-readiness';
import { saltFilenames, type FilenameSalting } from './filename-salt';
import type { GraphPreprocessors } from './graph-preprocessors';
import { namesUrls } from './inputs/input-reference';
import { JobInputs, mintInputFolder, type InputFetcher } from './inputs/job-inputs';
import { closeOutputs, prepareOutputs } from './output-preparation';
import { selectOutputs } from './output-selection';
import { OwnFiles } from './own-files';
import { executionFailure, engineLostFailure, failureFrom } from './prompt-failure';
import { inspectShape, refusal } from './prompt-inspection';
import { statsOf, type JobMoments } from './prompt-stats';
import {
  PreprocessingFailedError,
  PromptCanceledError,
  PromptTimedOutError,
} from './prompt.errors';
import type { PreparingPlace } from './preparing-place';
import type { Slots } from './slots';

export interface JobRunDependencies extends EngineRunDependencies {
  readonly bus: EventBus;
  /** Places for converting outputs. */
  readonly finishing: Slots;
  readonly salting: FilenameSalting;
  readonly spoolDir: string;
  readonly fetcher: InputFetcher;
  readonly preprocessors: GraphPreprocessors;
  readonly formats: OutputFormats;
}

export interface RunControl {
  readonly cancel: AbortController;
  /** Left when the engine has the job. */
  readonly place: PreparingPlace;
  readonly sink?: OutputSink | undefined;
  /** What it waits for before it goes into the engine. */
  readonly awaits: EngineCondition;
}

/** How one claimed job got to its end; its sink has been told. */
export async function runJob(
  job: Job,
  engine: Engine,
  control: RunControl,
  dependencies: JobRunDependencies,
): Promise<void> {
  const run = new JobRun(job, engine, control, dependencies);
  const result = await run.toEnd();
  if (control.sink) control.sink.settle(result);
  else if (result.outcome === 'succeeded') await result.abandoned();
}

/** The steps of one job: preprocess → submit and follow → collect and convert → store. */
class JobRun {
  private readonly moments: JobMoments;
  private prompt: PromptGraph;
  private readonly own: OwnFiles;
  private salt: (salt: string) => PromptGraph = () => this.prompt;
  private ranAgain = false;

  constructor(
    private readonly job: Job,
    private readonly engine: Engine,
    private readonly control: Pick<RunControl, 'cancel' | 'awaits' | 'place'>,
    private readonly dependencies: JobRunDependencies,
  ) {
    this.prompt = job.request.prompt;
    this.own = new OwnFiles(job.id, engine.files, dependencies.log);
    this.own.noteInputs(job.request.inputs?.written ?? []);
    const waitedMs = dependencies.clock.now() - job.createdAt;
    this.moments = { acceptedAt: performance.now() - waitedMs };
  }

  private get cancel(): AbortController {
    return this.control.cancel;
  }

  async toEnd(): Promise<JobResult> {
    try {
      await this.preprocess();
      return await this.conclude(await this.execute());
    } catch (error) {
      // Whatever broke after a cancel, a time-out or a shutdown broke because of it.
      return await this.fail(this.cancel.signal.aborted ? this.cancel.signal.reason : error);
    } finally {
      this.control.place.leave();
      await this.own.removeInputs();
    }
  }

  private async preprocess(): Promise<void> {
    await this.engine.readiness.until(this.control.awaits, this.cancel.signal);
    this.moments.preparedFrom = performance.now();
    const objectInfo = await this.engine.catalogue.load();
    // While the engine started, the door did not know yet which inputs are files.
    inspectShape(this.prompt as unknown as JsonValue, objectInfo);
    await this.applyExtensions(objectInfo);
    const prompt = await this.storeInputs(objectInfo);
    this.salt = (salt) => saltFilenames(prompt, salt, this.dependencies.salting, objectInfo);
    this.prompt = this.salt(this.job.id);
    this.moments.preparedAt = performance.now();
  }

  private async applyExtensions(objectInfo: ObjectInfo): Promise<void> {
    const { preprocessors } = this.dependencies;
    if (preprocessors.isEmpty) return;
    const { id, request } = this.job;
    const { signal } = this.cancel;
    const job = { id, extraData: request.extraData, signal };
    this.prompt = await this.control.place.aside(signal, () =>
      preprocessors.apply(this.prompt, job, objectInfo),
    );
  }

  private async storeInputs(objectInfo: ObjectInfo): Promise<PromptGraph> {
    const parts = { files: this.engine.files, fetcher: this.dependencies.fetcher };
    const inputs = new JobInputs(parts, this.job.request.inputs?.folder ?? mintInputFolder());
    const { signal } = this.cancel;
    const store = () => inputs.storeAllOf(this.prompt, objectInfo, signal);
    const stored = namesUrls(this.prompt, objectInfo)
      ? await this.control.place.aside(signal, store)
      : await store();
    this.own.noteInputs(stored.folders);
    return stored.prompt;
  }

  private async execute(): Promise<PromptEnding> {
    const ending = await runInEngine(
      this.engine,
      {
        jobId: this.job.id,
        prompt: this.prompt,
        extraData: this.job.request.extraData,
        awaits: this.control.awaits,
        onSubmitted: () => {
          this.moments.submittedAt = performance.now();
          this.control.place.leave();
        },
        onProgress: (event) => {
          this.note(event);
        },
      },
      this.cancel,
      this.dependencies,
    );
    this.moments.engineEndedAt = performance.now();
    return ending;
  }

  private note(event: RunProgress): void {
    if (event.type === 'executed') this.own.noteOutputs(event.outputs);
    if (event.type !== 'progress') return;
    const { nodeId, value, max } = event;
    this.dependencies.bus.publish('job-progressed', { jobId: this.job.id, nodeId, value, max });
  }

  private conclude(ending: PromptEnding): Promise<JobResult> {
    switch (ending.outcome) {
      case 'succeeded':
        return this.finish(ending);
      case 'failed':
        this.own.noteOutputs(ending.outputs);
        return this.end({ type: 'failed', failure: executionFailure(ending.error) });
      case 'interrupted':
        return this.fail(this.cancel.signal.reason ?? new PromptCanceledError());
      case 'refused':
        return this.fail(refusal(ending.error, ending.nodeErrors));
      case 'lost':
        if (this.cancel.signal.aborted) return this.fail(this.cancel.signal.reason);
        return this.end({ type: 'failed', failure: engineLostFailure(ending.cause) });
    }
  }

  private async finish(ending: EngineSuccess): Promise<JobResult> {
    this.own.noteOutputs(ending.outputs);
    const items = selectOutputs(ending.outputs);
    let outputs: readonly PreparedOutput[];
    try {
      outputs = await prepareOutputs(items, {
        files: this.engine.files,
        conversion: this.job.request.convertOutput as OutputConversion | undefined,
        spoolDir: this.dependencies.spoolDir,
        formats: this.dependencies.formats,
        converting: this.dependencies.finishing,
        signal: this.cancel.signal,
      });
    } catch (error) {
      if (this.isStale(ending, error)) return this.runAgain();
      throw error;
    }
    this.moments.finishedAt = performance.now();
    return this.succeed(items, outputs, ending.timing);
  }

  /**
   * ComfyUI answered from its cache with files that are gone: somebody used this id, and this graph,
   * before. Only then can a salted prefix be known to it.
   */
  private isStale(ending: EngineSuccess, error: unknown): boolean {
    const isMissing = error instanceof OutputMissingError;
    return isMissing && ending.cachedNodes.length > 0 && !this.ranAgain;
  }

  /** Once more, with names that ComfyUI has never seen. */
  private async runAgain(): Promise<JobResult> {
    this.ranAgain = true;
    await this.dependencies.jobs.record(this.job.id, { type: 'attempt-lost' });
    this.prompt = this.salt(`${this.job.id}_${randomUUID().slice(0, 8)}`);
    return this.conclude(await this.execute());
  }

  private async succeed(
    items: readonly OutputItem[],
    outputs: readonly PreparedOutput[],
    timing: RunTiming,
  ): Promise<JobResult> {
    try {
      await this.dependencies.jobs.record(this.job.id, { type: 'succeeded', outputs: items });
    } catch (error) {
      await closeOutputs(outputs);
      throw error;
    }
    return {
      outcome: 'succeeded',
      jobId: this.job.id,
      prompt: this.prompt,
      outputs,
      stats: () => statsOf(this.moments, timing, performance.now()),
      delivered: async () => {
        await closeOutputs(outputs);
        await this.own.removeOutputs();
      },
      abandoned: () => closeOutputs(outputs),
    };
  }

  /** A failure on our way, a cancel, or a time-out: the error says which. */
  private async fail(error: unknown): Promise<JobResult> {
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

  private async end(
    fact: Extract<JobFact, { readonly type: 'failed' | 'canceled' | 'timed-out' }>,
    failure = 'failure' in fact ? fact.failure : failureFrom(new PromptCanceledError()),
  ): Promise<JobResult> {
    await this.own.removeOutputs();
    await recordOnce(this.dependencies.jobs, this.job.id, fact, this.dependencies.log);
    return { outcome: 'failed', jobId: this.job.id, failure };
  }
}

/** A queued job that was canceled has its ending already; the first author of an ending wins. */
async function recordOnce(jobs: JobService, id: string, fact: JobFact, log: Log): Promise<void> {
  try {
    await jobs.record(id, fact);
  } catch (error) {
    log.debug({ jobId: id, err: error, fact: fact.type }, 'job had ended before');
  }
}
