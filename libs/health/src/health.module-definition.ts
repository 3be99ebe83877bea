import { ConfigurableModuleBuilder } from '@nestjs/common';

export interface HealthOptions {
  /** Version of the gateway, as the probes tell it. */
  readonly version: string;
  /** Waiting prompts at which `/ready` turns 503; 0 means never. */
  readonly maxQueueDepth: number;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: HEALTH_OPTIONS } =
  new ConfigurableModuleBuilder<HealthOptions>({ moduleName: 'Health' }).build();
