import type { StateDatabase } from '@gateway/state';
import { ConfigurableModuleBuilder } from '@nestjs/common';

import type { AdmissionLimits } from './admission';

export interface JobsOptions extends AdmissionLimits {
  /** Where jobs are kept; absent: in memory. */
  readonly database?: StateDatabase | undefined;
  /** How long an ended job can be read; 0 or absent: until it is removed. */
  readonly retentionMs?: number;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: JOBS_OPTIONS } =
  new ConfigurableModuleBuilder<JobsOptions>().build();
