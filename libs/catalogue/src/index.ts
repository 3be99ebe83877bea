export { Catalogue } from './catalogue';
export { CatalogueModule } from './catalogue.module';
export type { CatalogueOptions } from './catalogue.module-definition';
export { inputConfig, isCoreClass } from './input-traits';
export {
  COMFYUI_MODEL_FOLDERS,
  ModelCatalogue,
  type ModelCatalogueOptions,
  type ModelSource,
} from './model.catalogue';
export { workflowConfig, type ModelType, type WorkflowConfig } from './workflow-config';
