import { AssetService } from '@gateway/assets';
import { EventBus } from '@gateway/events';
import { JobService } from '@gateway/jobs';
import { systemClock } from '@gateway/kernel';
import { ProgressBoard } from '@gateway/progress';
import { Module } from '@nestjs/common';

import { UnknownOperationController } from './api-v2.controller';
import { AssetsController } from './assets/assets.controller';
import { UploadsUnderWay } from './assets/uploads-under-way';
import {
  COMFY_API_V2_OPTIONS,
  ConfigurableModuleClass,
  type ComfyApiV2Options,
} from './comfy-api-v2.module-definition';
import { JobEventStreams } from './events/job-event-streams';
import { JobViews } from './jobs/job.views';
import { JobsController } from './jobs/jobs.controller';
import { PublicUrls } from './public-urls';

/**
 * The official API. Register it with modules that export AssetService, JobService and
 * PromptService among its `imports`.
 */
@Module({
  controllers: [AssetsController, JobsController, UnknownOperationController],
  providers: [
    {
      provide: PublicUrls,
      inject: [COMFY_API_V2_OPTIONS],
      useFactory: ({ publicUrl }: ComfyApiV2Options) => new PublicUrls(publicUrl),
    },
    UploadsUnderWay,
    {
      provide: ProgressBoard,
      inject: [EventBus, COMFY_API_V2_OPTIONS],
      useFactory: (bus: EventBus, { log }: ComfyApiV2Options) => new ProgressBoard(bus, log),
    },
    {
      provide: JobViews,
      inject: [JobService, AssetService, ProgressBoard, PublicUrls, COMFY_API_V2_OPTIONS],
      useFactory: (
        jobs: JobService,
        assets: AssetService,
        board: ProgressBoard,
        urls: PublicUrls,
        { jobRetentionMs: retentionMs, clock = systemClock }: ComfyApiV2Options,
      ) => new JobViews({ jobs, assets, board, urls, retentionMs, clock }),
    },
    {
      provide: JobEventStreams,
      inject: [ProgressBoard, JobViews, JobService, COMFY_API_V2_OPTIONS],
      useFactory: (
        board: ProgressBoard,
        jobs: JobViews,
        queue: JobService,
        { log, maxStreams, clock = systemClock }: ComfyApiV2Options,
      ) => new JobEventStreams({ board, jobs, queue, clock, log }, { maxStreams }),
    },
  ],
})
export class ComfyApiV2Module extends ConfigurableModuleClass {}
