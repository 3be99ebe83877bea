import { Module } from '@nestjs/common';

import { AssetService } from './asset.service';
import {
  ASSETS_OPTIONS,
  ConfigurableModuleClass,
  type AssetsOptions,
} from './assets.module-definition';

@Module({
  providers: [
    {
      provide: AssetService,
      inject: [ASSETS_OPTIONS],
      useFactory: (options: AssetsOptions) => new AssetService(options),
    },
  ],
  exports: [AssetService],
})
export class AssetsModule extends ConfigurableModuleClass {}
