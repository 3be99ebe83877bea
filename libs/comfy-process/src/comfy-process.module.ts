import { EventBus } from '@gateway/events';
import { CLOCK, systemClock, type Clock } from '@gateway/kernel';
import { Module } from '@nestjs/common';

import { NodeEngineSpawner } from './adapters/node-engine.spawner';
import { COMFY_PROCESS_OPTIONS, ConfigurableModuleClass } from './comfy-process.module-definition';
import type { ComfyProcessOptions } from './comfy-process.options';
import { ComfySupervisor } from './comfy.supervisor';
import { ENGINE_SPAWNER, type EngineSpawner } from './engine-spawner.port';

/** Provides the supervisor of one engine. Nothing runs until the application calls its `start()`. */
@Module({
  providers: [
    { provide: CLOCK, useValue: systemClock },
    { provide: ENGINE_SPAWNER, useClass: NodeEngineSpawner },
    {
      provide: ComfySupervisor,
      inject: [COMFY_PROCESS_OPTIONS, EventBus, CLOCK, ENGINE_SPAWNER],
      useFactory: (
        options: ComfyProcessOptions,
        bus: EventBus,
        clock: Clock,
        spawner: EngineSpawner,
      ) => new ComfySupervisor(options, { bus, clock, spawner, chance: Math.random }),
    },
  ],
  exports: [ComfySupervisor],
})
export class ComfyProcessModule extends ConfigurableModuleClass {}
