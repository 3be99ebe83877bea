import { join } from 'node:path';

import { ASSET_MIGRATIONS, AssetsModule } from '@gateway/assets';
import { COMFYUI_MODEL_FOLDERS } from '@gateway/catalogue';
import { ComfyApiV2Module } from '@gateway/comfy-api-v2';
import type { GatewayConfig } from '@gateway/config';
import { IDEMPOTENCY_MIGRATIONS, IdempotencyKeys, StateDatabase } from '@gateway/state';
import { JOB_MIGRATIONS } from '@gateway/jobs';
import type { DynamicModule } from '@nestjs/common';

import type { GatewayLogger } from './logging';

/** What every lib keeps; in this order. */
export function openState({ jobs, http }: GatewayConfig): StateDatabase {
  return StateDatabase.open({
    file: jobs.outlive ? join(jobs.stateDir, `state-${http.port}.sqlite`) : ':memory:',
    synchronous: jobs.stateSync,
    migrations: [...IDEMPOTENCY_MIGRATIONS, ...ASSET_MIGRATIONS, ...JOB_MIGRATIONS],
  });
}

/** Assets, and the door that clients bring and fetch them at. */
export function comfyApiV2(world: {
  readonly config: GatewayConfig;
  readonly logger: GatewayLogger;
  readonly state: StateDatabase;
}): { readonly assets: DynamicModule; readonly comfyApiV2: DynamicModule } {
  const { config, logger, state } = world;
  const { maxUploadBytes, retentionS, allowModels } = config.assets;
  const assets = AssetsModule.register({
    database: state,
    blobDir: join(config.jobs.stateDir, `assets-${config.http.port}`),
    defaultRetentionS: retentionS,
    maxUploadBytes,
    models: {
      areAllowed: allowModels,
      dir: config.comfy.modelDir,
      folders: COMFYUI_MODEL_FOLDERS,
    },
    log: logger.child({ part: 'assets' }),
  });
  return {
    assets,
    comfyApiV2: ComfyApiV2Module.registerAsync({
      imports: [assets],
      useFactory: () => ({
        publicUrl: config.http.publicUrl,
        maxUploadBytes,
        keys: new IdempotencyKeys(state),
      }),
    }),
  };
}
