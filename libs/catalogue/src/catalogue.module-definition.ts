import { ConfigurableModuleBuilder } from '@nestjs/common';

import type { ModelCatalogueOptions } from './model.catalogue';

/** Where models are found. */
export type CatalogueOptions = ModelCatalogueOptions;

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: CATALOGUE_OPTIONS } =
  new ConfigurableModuleBuilder<CatalogueOptions>({ moduleName: 'Catalogue' }).build();
