import { ConfigurableModuleBuilder } from '@nestjs/common';

export interface HealthOptions {
  /** Version of the gateway, as the probes tell it. */
  readonly version: string;
  /** Waiting prompts at which `/ready` turns 503; 0 means never. */
  readonly maxQueueDepth: number;
  /** What is done before the engine is started, and how far it is. */
  readonly startup: { readonly tasks: readonly StartupTaskState[] };
}

/** One thing that is done before the engine is started. */
export interface StartupTaskState {
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: HEALTH_OPTIONS } =
  new ConfigurableModuleBuilder<HealthOptions>({ moduleName: 'Health' }).build();
