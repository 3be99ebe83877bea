import { Module } from '@nestjs/common';

import { UnknownOperationController } from './api-v2.controller';
import { AssetsController } from './assets/assets.controller';
import {
  COMFY_API_V2_OPTIONS,
  ConfigurableModuleClass,
  type ComfyApiV2Options,
} from './comfy-api-v2.module-definition';
import { PublicUrls } from './public-urls';

/** The official API. Register it with a module that exports AssetService among its `imports`. */
@Module({
  controllers: [AssetsController, UnknownOperationController],
  providers: [
    {
      provide: PublicUrls,
      inject: [COMFY_API_V2_OPTIONS],
      useFactory: ({ publicUrl }: ComfyApiV2Options) => new PublicUrls(publicUrl),
    },
  ],
})
export class ComfyApiV2Module extends ConfigurableModuleClass {}
