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

interface ApiV2World {
  readonly config: GatewayConfig;
  readonly logger: GatewayLogger;
  readonly state: StateDatabase;
}

/** Files of clients, and outputs of jobs. */
export function assetsModule({ config, logger, state }: ApiV2World): DynamicModule {
  const { maxUploadBytes, retentionS, allowModels } = config.assets;
  return AssetsModule.register({
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
}

/** The official door to assets and jobs. */
export function comfyApiV2Module(
  { config, logger, state }: ApiV2World,
  imports: readonly DynamicModule[],
): DynamicModule {
  return ComfyApiV2Module.registerAsync({
    imports: [...imports],
    useFactory: () => ({
      publicUrl: config.http.publicUrl,
      maxUploadBytes: config.assets.maxUploadBytes,
      extensions: config.apiV2.extensions,
      maxStreams: config.apiV2.maxStreams,
      jobRetentionMs: config.jobs.retentionMs,
      keys: new IdempotencyKeys(state),
      log: logger.child({ part: 'comfy-api-v2' }),
    }),
  });
}
