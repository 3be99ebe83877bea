import { ConfigurableModuleBuilder } from '@nestjs/common';

import type { AdmissionLimits } from './admission';

export interface JobsOptions extends AdmissionLimits {
  /** Ended jobs that stay readable, and whose ids stay taken. */
  readonly retainEnded: number;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: JOBS_OPTIONS } =
  new ConfigurableModuleBuilder<JobsOptions>().build();
