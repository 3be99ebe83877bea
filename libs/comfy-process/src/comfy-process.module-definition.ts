import { ConfigurableModuleBuilder } from '@nestjs/common';

import type { ComfyProcessOptions } from './comfy-process.options';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: COMFY_PROCESS_OPTIONS } =
  new ConfigurableModuleBuilder<ComfyProcessOptions>({ moduleName: 'ComfyProcess' }).build();
