import { randomUUID } from 'node:crypto';

import {
  OutputMissingError,
  type PromptEnding,
  type RunProgress,
  type PromptSucceeded as EngineSuccess,
} from '@gateway/comfy-client';
import type { JsonObject, JsonValue, ObjectInfo, PromptGraph } from '@gateway/comfy-protocol';
import type { EventBus } from '@gateway/events';
import { triesOf, type Job, type OutputSink, type PreparedOutput } from '@gateway/jobs';
import type { OutputFormats } from '@gateway/media';

import { followInEngine, MAX_TRIES, runInEngine, type EngineRunDependencies } from './engine-run';
import type { Engine } from './engine/engine';
import { untilCatalogued } from './engine/engine-catalogue';
import type { EngineCondition } from './engine/engine-readiness';
import { saltFilenames, type FilenameSalting } from './filename-salt';
import { EarlyOutputs } from './early-outputs';
import { outputNodesOf } from './output-nodes';
import type { GraphPreprocessors } from './graph-preprocessors';
import { namesUrls } from './inputs/input-reference';
import { JobInputs, mintInputFolder, type InputFetcher } from './inputs/job-inputs';
import { JobEnding, type JobEndingDependencies } from './job-ending';
import { prepareOutputsOf } from './output-preparation';
import { selectOutputs } from './output-selection';
import { OwnFiles } from './own-files';
import { executionFailure, engineLostFailure } from './prompt-failure';
import { inspectShape, refusal } from './prompt-inspection';
import { statsOf, type JobMoments } from './prompt-stats';
import {
  CredentialsLostError,
  EngineUnavailableError,
  PromptCanceledError,
  ShuttingDownError,
} from './prompt.errors';
import type { PreparingPlace } from './preparing-place';
import type { Slots } from './slots';

export interface JobRunDependencies extends EngineRunDependencies, JobEndingDependencies {
  readonly bus: EventBus;
  /** Places for converting outputs. */
  readonly finishing: Slots;
  readonly salting: FilenameSalting;
  readonly spoolDir: string;
  readonly fetcher: InputFetcher;
  /** Jobs outlive this process: what its end cuts off is run by the next one. */
  readonly outlives: boolean;
  readonly preprocessors: GraphPreprocessors;
  readonly formats: OutputFormats;
}

export interface RunControl {
  readonly cancel: AbortController;
  /** Left when the engine has the job. */
  readonly place: PreparingPlace;
  /** Who waits for the answer. */
  readonly waiter?: OutputSink | undefined;
  /** Credentials that came with the job and were not stored. */
  readonly secrets?: JsonObject | undefined;
  /** What an earlier life of the gateway left of it. */
  readonly left?: LeftOfJob | undefined;
  /** What it waits for before it goes into the engine. */
  readonly awaits: EngineCondition;
  /** Aborts when the gateway ends and nothing is to be waited for. */
  readonly halted: AbortSignal;
}

export interface LeftOfJob {
  /** Folders of inputs. */
  readonly inputs: readonly string[];
}

/** Gets one claimed job to its end, or back into the queue when the gateway ends first. */
export async function runJob(
  job: Job,
  engine: Engine,
  control: RunControl,
  dependencies: JobRunDependencies,
): Promise<void> {
  await new JobRun(job, engine, control, dependencies).toEnd();
}

/** The steps of one job: preprocess → submit and follow → collect and convert → hand over. */
class JobRun {
  private readonly moments: JobMoments;
  private prompt: PromptGraph;
  private readonly own: OwnFiles;
  private readonly ending: JobEnding;
  private readonly early: EarlyOutputs;
  private salt: (salt: string) => PromptGraph = () => this.prompt;
  private ranAgain = false;
  private outputNodes: readonly string[] = [];

  constructor(
    private readonly job: Job,
    private readonly engine: Engine,
    private readonly control: RunControl,
    private readonly dependencies: JobRunDependencies,
  ) {
    this.prompt = job.request.prompt;
    const { files } = engine;
    this.own = new OwnFiles(job, { ...dependencies, files });
    this.own.noteInputs(job.request.inputs?.written ?? []);
    this.own.noteInputs(control.left?.inputs ?? []);
    this.ending = new JobEnding(job, this.own, control.waiter, control.halted, dependencies);
    this.early = new EarlyOutputs(job, { ...dependencies, files, signal: this.cancel.signal });
    const waitedMs = dependencies.clock.now() - job.createdAt;
    this.moments = { acceptedAt: performance.now() - waitedMs };
  }

  private get cancel(): AbortController {
    return this.control.cancel;
  }

  async toEnd(): Promise<void> {
    try {
      await this.conclude((await this.findAgain()) ?? (await this.runAnew()));
    } catch (error) {
      // Whatever broke after a cancel, a time-out or a shutdown broke because of it.
      await this.giveUp(this.cancel.signal.aborted ? this.cancel.signal.reason : error);
    } finally {
      this.control.place.leave();
      await this.ending.written();
    }
  }

  /** What became of a prompt that an earlier life of the gateway gave to the engine. */
  private async findAgain(): Promise<PromptEnding | undefined> {
    const { job, engine, cancel } = this;
    const { awaits, halted } = this.control;
    const attempt = job.attempts.at(-1);
    if (job.status === 'queued' || !attempt) return undefined;
    const { jobs, clock, log, salting } = this.dependencies;
    // A cancel must reach the engine, however long that takes to come up.
    const signal = job.status === 'canceling' ? halted : cancel.signal;
    const objectInfo = await untilCatalogued(engine, awaits, signal, clock);
    this.outputNodes = outputNodesOf(this.prompt, objectInfo);
    this.prompt = saltFilenames(this.prompt, job.id, salting, objectInfo);
    const task = this.task();
    const ending = await followInEngine(engine, task, attempt, cancel, halted, this.dependencies);
    if (ending.outcome !== 'lost') return ending;
    if (cancel.signal.aborted || triesOf(job) >= MAX_TRIES) return ending;
    await this.early.forget();
    log.warn({ jobId: job.id, err: ending.cause }, 'attempt lost with the engine, trying again');
    await jobs.record(job.id, { type: 'attempt-lost' });
    return undefined;
  }

  private async runAnew(): Promise<PromptEnding> {
    const { withheld = [] } = this.job.request;
    if (withheld.length > 0 && !this.control.secrets) throw new CredentialsLostError(withheld);
    await this.preprocess();
    return this.execute();
  }

  private async preprocess(): Promise<void> {
    const { awaits } = this.control;
    const { clock } = this.dependencies;
    const objectInfo = await untilCatalogued(this.engine, awaits, this.cancel.signal, clock);
    this.moments.preparedFrom = performance.now();
    // While the engine started, the door did not know yet which inputs are files.
    this.prompt = this.job.request.prompt;
    inspectShape(this.prompt as unknown as JsonValue, objectInfo);
    await this.applyExtensions(objectInfo);
    this.outputNodes = outputNodesOf(this.prompt, objectInfo);
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
    const ending = await runInEngine(this.engine, this.task(), this.cancel, this.dependencies);
    this.moments.engineEndedAt = performance.now();
    return ending;
  }

  private task(): Parameters<typeof runInEngine>[1] {
    return {
      jobId: this.job.id,
      prompt: this.prompt,
      extraData: { ...this.job.request.extraData, ...this.control.secrets },
      awaits: this.control.awaits,
      isPatient: !this.control.waiter,
      beforeTry: () => this.own.removeUntold(),
      onTried: (at) => {
        this.own.noteTry(at);
      },
      onSubmitted: () => {
        this.moments.submittedAt = performance.now();
        this.control.place.leave();
        this.announceAttempt();
      },
      onProgress: (event) => {
        this.note(event);
      },
    };
  }

  private announceAttempt(): void {
    const { prompt: graph, outputNodes } = this;
    this.dependencies.bus.publish('job-attempt-began', { jobId: this.job.id, graph, outputNodes });
  }

  private note(event: RunProgress): void {
    if (event.type === 'executed') {
      this.own.noteOutputs(event.outputs);
      if (this.ending.shelves) this.early.note(event.outputs, Object.keys(this.prompt));
    }
    this.dependencies.bus.publish('job-progressed', { jobId: this.job.id, fact: event });
  }

  private async conclude(ending: PromptEnding): Promise<void> {
    await this.early.settled();
    switch (ending.outcome) {
      case 'succeeded':
        return this.finish(ending);
      case 'failed':
        this.own.noteOutputs(ending.outputs);
        return this.ending.end({ type: 'failed', failure: executionFailure(ending.error) });
      case 'interrupted':
        return this.giveUp(this.cancel.signal.reason ?? new PromptCanceledError());
      case 'refused':
        return this.giveUp(refusal(ending.error, ending.nodeErrors));
      case 'unreached':
        return this.giveUp(this.cancel.signal.reason ?? new EngineUnavailableError(ending.cause));
      case 'lost':
        // As long as it is being ended it may write.
        await this.engine.readiness.whileStopping();
        if (this.cancel.signal.aborted) return this.giveUp(this.cancel.signal.reason);
        return this.ending.end({ type: 'failed', failure: engineLostFailure(ending.cause) });
    }
  }

  private async finish(ending: EngineSuccess): Promise<void> {
    this.own.noteOutputs(ending.outputs);
    const items = selectOutputs(ending.outputs);
    let outputs: readonly PreparedOutput[];
    try {
      const { files } = this.engine;
      const { signal } = this.cancel;
      const missing = this.early.missing(items);
      outputs = await prepareOutputsOf(this.job, missing, { ...this.dependencies, files, signal });
    } catch (error) {
      if (this.isStale(ending, error)) return this.runAgain();
      throw error;
    }
    this.moments.finishedAt = performance.now();
    const stats = () => statsOf(this.moments, ending.timing, performance.now());
    const { prompt, outputNodes } = this;
    await this.ending.succeed({ items, outputNodes, outputs, prompt, stats });
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
  private async runAgain(): Promise<void> {
    this.ranAgain = true;
    await this.early.forget();
    await this.dependencies.jobs.record(this.job.id, { type: 'attempt-lost' });
    this.prompt = this.salt(`${this.job.id}_${randomUUID().slice(0, 8)}`);
    return this.conclude(await this.execute());
  }

  private async giveUp(error: unknown): Promise<void> {
    await this.early.settled();
    if (error instanceof ShuttingDownError && this.mayWait()) return this.leaveToNextLife();
    await this.ending.fail(error);
  }

  /** Nobody waits for it here, and it is written down: a later life of the gateway can run it. */
  private mayWait(): boolean {
    const { transient } = this.job.request;
    return this.dependencies.outlives && !this.control.waiter && !transient;
  }

  /** What it needs to be run again stays: inputs that came with the request. */
  private async leaveToNextLife(): Promise<void> {
    const { jobs, log } = this.dependencies;
    await this.own.removeOutputs();
    await this.own.removeUntold();
    await this.early.forget();
    const job = await jobs.get(this.job.id);
    if (job?.status === 'running') await jobs.record(job.id, { type: 'attempt-withdrawn' });
    log.info({ jobId: this.job.id }, 'job is left to the next start');
  }
}
