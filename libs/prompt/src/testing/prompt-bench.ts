import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { JsonValue } from '@gateway/comfy-protocol';
import {
  EventBus,
  EventsModule,
  type EventMap,
  type EventName,
  type JobTransitioned,
} from '@gateway/events';
import {
  JOB_QUEUE,
  JobService,
  JobsModule,
  type Job,
  type JobResult,
  type OutputSink,
  type JobQueue,
} from '@gateway/jobs';
import { silentLog } from '@gateway/kernel';
import { OutputFormats } from '@gateway/media';
import { eventually } from '@gateway/testing';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import { EngineRegistry } from '../engine/engine';
import { InlineAnswer } from '../inline-answer.sink';
import { GraphPreprocessors } from '../graph-preprocessors';
import { PromptExecutor } from '../prompt.executor';
import { PromptService, type PromptCommand } from '../prompt.service';
import { Slots } from '../slots';
import { FakeEngine } from './fake-engine';
import { FakeAssets } from './fake-assets';
import { FakeFetcher } from './fake-fetcher';
import type { FakeRun } from './fake-engine-client';
import { MemoryShelf } from './memory.shelf';

/** A prompt that saves a picture. */
export const aGraph = {
  '1': { class_type: 'EmptyImage', inputs: { width: 8 } },
  '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } },
};

export interface Submitted {
  readonly id: string;
  readonly result: Promise<JobResult>;
}

/** Executor, service, jobs and their memory adapters, around an engine that a spec plays. */
export class PromptBench {
  readonly executor: PromptExecutor;
  readonly service: PromptService;
  readonly jobs: JobService;
  readonly transitions: JobTransitioned[] = [];
  /** The files of the world, by their addresses. */
  readonly fetcher = new FakeFetcher();
  readonly assets = new FakeAssets();
  /** What stays of outputs. */
  readonly shelf = new MemoryShelf();
  readonly preprocessors = new GraphPreprocessors();
  readonly formats = new OutputFormats();
  /** What jobs with webhooks get for a sink. */
  openSink: (job: Job) => OutputSink | undefined = () => undefined;

  private constructor(
    readonly engine: FakeEngine,
    private readonly app: INestApplicationContext,
    readonly spoolDir: string,
    options: { readonly preparing: number; readonly outlives?: boolean },
  ) {
    this.jobs = app.get(JobService);
    const bus = app.get(EventBus);
    bus.subscribe('job-transitioned', (event) => this.transitions.push(event));
    const engines = new EngineRegistry([engine]);
    this.executor = new PromptExecutor({
      jobs: this.jobs,
      queue: app.get<JobQueue>(JOB_QUEUE),
      engines,
      bus,
      log: silentLog,
      limits: { timeoutMs: 60_000, interruptGraceMs: 1_000, stuckAfterMs: 600_000 },
      salting: 'prepend',
      spoolDir,
      fetcher: {
        download: (order) => this.fetcher.download(order),
        openAsset: (id) => this.assets.open(id),
      },
      sinks: { open: (job) => this.openSink(job) },
      shelf: this.shelf,
      outlives: options.outlives ?? false,
      preprocessors: this.preprocessors,
      formats: this.formats,
      clock: engine.clock,
      preparing: new Slots(options.preparing),
      fetching: new Slots(2),
      finishing: new Slots(2),
    });
    this.service = new PromptService({
      jobs: this.jobs,
      executor: this.executor,
      engines,
      fetcher: this.fetcher,
      assets: this.assets,
    });
  }

  static async set(
    options: {
      readonly maxInFlight?: number;
      readonly preparing?: number;
      readonly needsWarmUp?: boolean;
      readonly outlives?: boolean;
    } = {},
  ): Promise<PromptBench> {
    @Module({
      imports: [
        EventsModule.register({ log: silentLog }),
        JobsModule.register({ maxQueuedJobs: 0, maxQueuedBytes: 0 }),
      ],
    })
    class Bench {}
    const app = await NestFactory.createApplicationContext(Bench, { logger: false });
    const { maxInFlight = 2, preparing = 4, needsWarmUp = false, outlives = false } = options;
    const engine = new FakeEngine({ maxInFlight, needsWarmUp });
    const spoolDir = await mkdtemp(join(tmpdir(), 'prompt-bench-'));
    return new PromptBench(engine, app, spoolDir, { preparing, outlives });
  }

  /** Ends what still runs, and holds the executor to its word that nothing is left. */
  async clear(): Promise<void> {
    this.engine.client.letsGo = true;
    await this.executor.drain(AbortSignal.abort());
    for (const run of this.engine.client.runs) run.interrupted();
    await this.executor.stop();
    await this.app.close();
    await rm(this.spoolDir, { recursive: true });
  }

  async submit(id: string, change: Partial<PromptCommand> = {}): Promise<Submitted> {
    const answer = new InlineAnswer();
    const command = { id, prompt: aGraph as unknown as JsonValue, sizeBytes: 10, ...change };
    const job = await this.service.submit(command, answer);
    return { id: job.id, result: answer.result };
  }

  /** The `nth` prompt that came into the engine, as soon as it is there. */
  run(nth: number): Promise<FakeRun> {
    return eventually(() => this.engine.client.runs[nth], `prompt ${nth} is in the engine`);
  }

  on<Name extends EventName>(name: Name, listener: (event: EventMap[Name]) => void): void {
    this.app.get(EventBus).subscribe(name, listener);
  }

  /** What became of a job, in order. */
  lifeOf(id: string): readonly string[] {
    return this.transitions.filter(({ jobId }) => jobId === id).map(({ to }) => to);
  }
}
