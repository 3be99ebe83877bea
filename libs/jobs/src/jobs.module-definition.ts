import type { StateDatabase } from '@gateway/state';
import { ConfigurableModuleBuilder } from '@nestjs/common';

import type { AdmissionLimits } from './admission';

export interface JobsOptions extends AdmissionLimits {
  /** Where jobs are kept; absent: in memory. */
  readonly database?: StateDatabase | undefined;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: JOBS_OPTIONS } =
  new ConfigurableModuleBuilder<JobsOptions>().build();
