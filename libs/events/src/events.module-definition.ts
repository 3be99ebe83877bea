import type { Log } from '@gateway/kernel';
import { ConfigurableModuleBuilder } from '@nestjs/common';

export interface EventsOptions {
  /** Told of listeners that throw. */
  readonly log: Log;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: EVENTS_OPTIONS } =
  new ConfigurableModuleBuilder<EventsOptions>({ moduleName: 'Events' }).build();
