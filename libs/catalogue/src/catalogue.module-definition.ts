import { ConfigurableModuleBuilder } from '@nestjs/common';

import type { ModelCatalogue } from './model.catalogue';

export interface CatalogueOptions {
  /** What `GET /models` lists; workflow files see the same. */
  readonly models: ModelCatalogue;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: CATALOGUE_OPTIONS } =
  new ConfigurableModuleBuilder<CatalogueOptions>({ moduleName: 'Catalogue' }).build();
