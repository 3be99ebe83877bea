export type { AuthorSettings } from './authoring/author-config';
export {
  defineWorkflow,
  type Workflow,
  type WorkflowGraph,
  type WorkflowNode,
} from './authoring/workflow';
export { inputSchema, type JsonSchema } from './describing/input-schema';
export { CompiledTexts, type CompiledText } from './loading/compiled-texts';
export { hostModules, type HostModules, type WorkflowHostConfig } from './loading/host-modules';
export { loadFailure, messageOf } from './loading/load-failure';
export { writeTexts, type TextStore } from './loading/kept-texts';
export { ProbeThread } from './loading/probe.thread';
export { readExport, settledExport } from './loading/workflow-export';
export { findWorkflowFiles } from './loading/workflow-files';
export { WorkflowModules } from './loading/workflow-modules';
export { WorkflowProbe } from './loading/workflow-probe';
export { nearestName } from './nearest.name';
export { shownJson } from './shown-json';
