import { EventBus } from '@gateway/events';
import { OUTPUT_SHELF, SOLE_OWNER } from '@gateway/jobs';
import { Module } from '@nestjs/common';

import { AssetService } from './asset.service';
import { AssetOutputShelf } from './output.shelf';
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
    {
      provide: OUTPUT_SHELF,
      inject: [AssetService, EventBus],
      useFactory: (assets: AssetService, bus: EventBus) =>
        new AssetOutputShelf(assets, SOLE_OWNER, bus),
    },
  ],
  exports: [AssetService, OUTPUT_SHELF],
})
export class AssetsModule extends ConfigurableModuleClass {}
