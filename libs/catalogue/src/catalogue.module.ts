import { Module } from '@nestjs/common';

import {
  CATALOGUE_OPTIONS,
  ConfigurableModuleClass,
  type CatalogueOptions,
} from './catalogue.module-definition';
import { ModelCatalogue } from './model.catalogue';
import { ModelsController } from './models.controller';

@Module({
  controllers: [ModelsController],
  providers: [
    {
      provide: ModelCatalogue,
      inject: [CATALOGUE_OPTIONS],
      useFactory: ({ models }: CatalogueOptions) => models,
    },
  ],
  exports: [ModelCatalogue],
})
export class CatalogueModule extends ConfigurableModuleClass {}
