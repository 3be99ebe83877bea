export { describeWorkflows } from './describing/describe-workflows';
export { loadModule } from './loading/load-module';
export { loadWorkflows, type WorkflowSource } from './loading/load-workflows';
export type { NamedWorkflowCode, WorkflowAuthoring, WorkflowCode } from './loading/workflow-code';
export { WorkflowRegistryModule, type WorkflowRegistryOptions } from './workflow-registry.module';
export { WorkflowCatalogue, type BrokenWorkflow, type ServedWorkflow } from './workflow.catalogue';
export { ModuleFileError, WorkflowFailedError, WorkflowNotFoundError } from './workflow.errors';
