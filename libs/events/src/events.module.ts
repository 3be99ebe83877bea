import { Global, Module } from '@nestjs/common';

import { EventBus } from './event-bus';
import {
  ConfigurableModuleClass,
  EVENTS_OPTIONS,
  type EventsOptions,
} from './events.module-definition';

/** One bus for the whole process. */
@Global()
@Module({
  providers: [
    {
      provide: EventBus,
      inject: [EVENTS_OPTIONS],
      useFactory: ({ log }: EventsOptions) => new EventBus(log),
    },
  ],
  exports: [EventBus],
})
export class EventsModule extends ConfigurableModuleClass {}
