import type { Clock } from '@gateway/kernel';
import type { IdempotencyKeys } from '@gateway/state';
import { ConfigurableModuleBuilder } from '@nestjs/common';

export interface ComfyApiV2Options {
  /** Our address as clients see it; absent: as their requests say. */
  readonly publicUrl?: string | undefined;
  readonly maxUploadBytes: number;
  readonly keys: IdempotencyKeys;
  readonly clock?: Clock;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: COMFY_API_V2_OPTIONS } =
  new ConfigurableModuleBuilder<ComfyApiV2Options>({ moduleName: 'ComfyApiV2' }).build();
