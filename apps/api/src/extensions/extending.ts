/**
 * What extensions import from `comfyui-gateway/app`: each decorator, and under the same name the
 * contract that its classes keep. docs/extending.md shows them one by one.
 */
export type { EventMap, EventName } from '@gateway/events';
export type { HealthFinding } from '@gateway/health';
export {
  PromptDoor,
  PromptRejectedError,
  type DoorRequest,
  type PreprocessedJob,
} from '@gateway/prompt';
export type { PromptGraph, PromptNode } from '@gateway/comfy-protocol';
export { defineWorkflow, type Workflow } from '@gateway/workflow-files';
export type { WorkflowAuthoring } from '@gateway/workflow-registry';
export {
  EventListener,
  GraphPreprocessor,
  HealthIndicator,
  NodePreprocessor,
  OutputFormat,
  StartupTask,
  WorkflowSource,
} from './extension-points';
