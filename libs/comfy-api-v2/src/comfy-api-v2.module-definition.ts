import type { Clock, Log } from '@gateway/kernel';
import type { IdempotencyKeys } from '@gateway/state';
import { ConfigurableModuleBuilder } from '@nestjs/common';

export interface ComfyApiV2Options {
  /** Our address as clients see it; absent: as their requests say. */
  readonly publicUrl?: string | undefined;
  readonly maxUploadBytes: number;
  /** Who sends nothing of a file, or takes nothing, for this long is given up; one minute by default. */
  readonly stalledAfterMs?: number;
  /** Whether jobs may bring what the contract does not have. */
  readonly extensions: boolean;
  /** Streams of events that may be open at once. */
  readonly maxStreams: number;
  /** How long ended jobs stay, milliseconds; 0: without limit. */
  readonly jobRetentionMs: number;
  readonly keys: IdempotencyKeys;
  readonly log: Log;
  readonly clock?: Clock;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: COMFY_API_V2_OPTIONS } =
  new ConfigurableModuleBuilder<ComfyApiV2Options>({ moduleName: 'ComfyApiV2' }).build();
