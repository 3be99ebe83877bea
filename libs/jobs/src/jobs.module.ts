import { Module } from '@nestjs/common';
import { EventBus } from '@gateway/events';
import { systemClock } from '@gateway/kernel';

import { MemoryJobQueue } from './adapters/memory.job-queue';
import { MemoryJobStore } from './adapters/memory.job-store';
import { SqliteJobStore } from './adapters/sqlite.job-store';
import { Admission } from './admission';
import { JOB_QUEUE, type JobQueue } from './job-queue.port';
import { JobService } from './job.service';
import { JOB_STORE, type JobStore } from './job-store.port';
import { ConfigurableModuleClass, JOBS_OPTIONS, type JobsOptions } from './jobs.module-definition';

@Module({
  providers: [
    {
      provide: JOB_STORE,
      inject: [JOBS_OPTIONS],
      useFactory: ({ database }: JobsOptions) =>
        database ? new SqliteJobStore(database) : new MemoryJobStore(),
    },
    { provide: JOB_QUEUE, useClass: MemoryJobQueue },
    {
      provide: JobService,
      inject: [JOB_STORE, JOB_QUEUE, JOBS_OPTIONS, EventBus],
      useFactory: (store: JobStore, queue: JobQueue, options: JobsOptions, bus: EventBus) =>
        new JobService(store, queue, new Admission(options), bus, systemClock, options.retentionMs),
    },
  ],
  exports: [JobService, JOB_QUEUE, JOB_STORE],
})
export class JobsModule extends ConfigurableModuleClass {}
