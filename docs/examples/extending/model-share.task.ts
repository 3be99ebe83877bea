import { cp } from 'node:fs/promises';

import { Module } from '@nestjs/common';
import { StartupTask } from 'comfyui-gateway/app';

/** Models are on the local disk before ComfyUI looks for them. */
@StartupTask()
export class ModelShare implements StartupTask {
  readonly name = 'model-share';

  async run(): Promise<void> {
    const { MODEL_SHARE: share, MODEL_DIR: models } = process.env;
    if (!share || !models) throw new Error('MODEL_SHARE and MODEL_DIR must be set');
    await cp(share, models, { recursive: true, force: false });
  }
}

@Module({ providers: [ModelShare] })
export class ModelShareModule {}
