export type { AuthorSettings } from './authoring/author-config';
export {
  defineWorkflow,
  type Workflow,
  type WorkflowGraph,
  type WorkflowNode,
} from './authoring/workflow';
export { describeWorkflows } from './describing/describe-workflows';
export type { WorkflowHostConfig } from './loading/host-modules';
export { loadWorkflows, type WorkflowSource } from './loading/load-workflows';
export { WorkflowRegistryModule, type WorkflowRegistryOptions } from './workflow-registry.module';
export { WorkflowCatalogue, type BrokenWorkflow, type ServedWorkflow } from './workflow.catalogue';
export { WorkflowFailedError } from './workflow.errors';
