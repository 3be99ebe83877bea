import { ComfySupervisor } from '@gateway/comfy-process';
import { JobService } from '@gateway/jobs';
import { EngineRegistry } from '@gateway/prompt';
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { ClassicProbesController } from './classic-probes.controller';
import { GatewayStatus } from './gateway-status';
import { HealthIndicators } from './health-indicators';
import {
  ConfigurableModuleClass,
  HEALTH_OPTIONS,
  type HealthOptions,
} from './health.module-definition';
import { TerminusProbesController } from './terminus-probes.controller';

@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [ClassicProbesController, TerminusProbesController],
  providers: [
    HealthIndicators,
    {
      provide: GatewayStatus,
      inject: [ComfySupervisor, EngineRegistry, JobService, HEALTH_OPTIONS],
      useFactory: (
        supervisor: ComfySupervisor,
        engines: EngineRegistry,
        jobs: JobService,
        { maxQueueDepth }: HealthOptions,
      ) => new GatewayStatus(supervisor, engines, jobs, maxQueueDepth),
    },
  ],
  exports: [HealthIndicators],
})
export class HealthModule extends ConfigurableModuleClass {}
