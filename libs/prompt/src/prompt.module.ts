import { availableParallelism } from 'node:os';

import { EventBus } from '@gateway/events';
import { JOB_QUEUE, JobService, type JobQueue } from '@gateway/jobs';
import { systemClock } from '@gateway/kernel';
import { OutputFormats } from '@gateway/media';
import { Module } from '@nestjs/common';

import { buildEngine } from './engine/build-engine';
import { EngineRegistry } from './engine/engine';
import { EngineLink } from './engine/engine-link';
import { GraphPreprocessors } from './graph-preprocessors';
import { PromptDoor } from './http/prompt-door';
import { PromptController } from './http/prompt.controller';
import { PromptExecutor } from './prompt.executor';
import {
  ConfigurableModuleClass,
  PROMPT_OPTIONS,
  type PromptOptions,
} from './prompt.module-definition';
import { PromptService } from './prompt.service';
import { Slots } from './slots';
import { WarmUp } from './warm-up';

/** Jobs being prepared, or prepared and waiting for the engine. */
const PREPARING_PLACES = 8;
/** Jobs whose inputs are being fetched: slow servers of some hold up no others. */
const FETCHING_PLACES = 64;

@Module({
  controllers: [PromptController],
  providers: [
    OutputFormats,
    GraphPreprocessors,
    {
      provide: EngineRegistry,
      inject: [PROMPT_OPTIONS, EventBus],
      useFactory: (options: PromptOptions, bus: EventBus) =>
        new EngineRegistry([buildEngine(options, bus)]),
    },
    {
      provide: EngineLink,
      inject: [EngineRegistry, PROMPT_OPTIONS, EventBus],
      useFactory: (engines: EngineRegistry, { log }: PromptOptions, bus: EventBus) =>
        new EngineLink(engines.pick(), bus, log),
    },
    {
      provide: PromptExecutor,
      inject: [
        PROMPT_OPTIONS,
        EngineRegistry,
        JobService,
        JOB_QUEUE,
        EventBus,
        GraphPreprocessors,
        OutputFormats,
      ],
      useFactory: (
        { limits, salting, spoolDir, fetcher, assets, sinks, shelf, outlives, log }: PromptOptions,
        engines: EngineRegistry,
        jobs: JobService,
        queue: JobQueue,
        bus: EventBus,
        preprocessors: GraphPreprocessors,
        formats: OutputFormats,
      ) =>
        new PromptExecutor({
          jobs,
          queue,
          engines,
          bus,
          log,
          limits,
          salting,
          spoolDir,
          fetcher: {
            download: (order) => fetcher.download(order),
            ...(assets && { openAsset: (id: string) => assets.open(id) }),
          },
          sinks,
          shelf,
          outlives,
          preprocessors,
          formats,
          clock: systemClock,
          preparing: new Slots(PREPARING_PLACES),
          fetching: new Slots(FETCHING_PLACES),
          finishing: new Slots(availableParallelism() * 2),
        }),
    },
    {
      provide: PromptService,
      inject: [PROMPT_OPTIONS, JobService, PromptExecutor, EngineRegistry],
      useFactory: (
        { fetcher, assets }: PromptOptions,
        jobs: JobService,
        executor: PromptExecutor,
        engines: EngineRegistry,
      ) => new PromptService({ jobs, executor, engines, fetcher, assets }),
    },
    {
      provide: PromptDoor,
      inject: [PROMPT_OPTIONS, PromptService, OutputFormats],
      useFactory: ({ publicUrl }: PromptOptions, service: PromptService, formats: OutputFormats) =>
        new PromptDoor(service, formats, publicUrl, systemClock),
    },
    {
      provide: WarmUp,
      inject: [PROMPT_OPTIONS, EngineRegistry, PromptService, EventBus],
      useFactory: (
        { warmUp: prompt, log }: PromptOptions,
        engines: EngineRegistry,
        service: PromptService,
        bus: EventBus,
      ) => {
        const engine = engines.pick();
        return prompt && new WarmUp({ engine, prompt, service, bus, clock: systemClock, log });
      },
    },
  ],
  exports: [
    PromptService,
    PromptDoor,
    PromptExecutor,
    EngineRegistry,
    WarmUp,
    GraphPreprocessors,
    OutputFormats,
  ],
})
export class PromptModule extends ConfigurableModuleClass {}
