import { Global, Module } from '@nestjs/common';

import { EventBus } from './event-bus';

/** One bus for the whole process. */
@Global()
@Module({
  providers: [{ provide: EventBus, useFactory: () => new EventBus() }],
  exports: [EventBus],
})
export class EventsModule {}
