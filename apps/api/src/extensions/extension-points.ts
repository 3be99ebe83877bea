import type { EventName } from '@gateway/events';
import type { HealthIndicator as Indicator } from '@gateway/health';
import type { OutputFormat as Format } from '@gateway/media';
import type { GraphPreprocessor as OfGraphs, NodePreprocessor as OfNodes } from '@gateway/prompt';
import type { WorkflowCode } from '@gateway/workflow-registry';

import type { EventListener as Listener } from './event-listener';
import { extensionPoint, type ExtensionDecorator } from './extension-point';
import type { StartupTask as Task } from './startup-task';

/** All that an extension can add. Each has a decorator and, under the same name, its contract. */
export const EXTENSION_POINTS = {
  outputFormat: extensionPoint<Format>('@OutputFormat'),
  graphPreprocessor: extensionPoint<OfGraphs>('@GraphPreprocessor'),
  nodePreprocessor: extensionPoint<OfNodes, { readonly classTypes: readonly string[] }>(
    '@NodePreprocessor',
  ),
  eventListener: extensionPoint<Listener<never>, { readonly events: readonly EventName[] }>(
    '@EventListener',
  ),
  workflowSource: extensionPoint<WorkflowCode>('@WorkflowSource'),
  healthIndicator: extensionPoint<Indicator>('@HealthIndicator'),
  startupTask: extensionPoint<Task>('@StartupTask'),
} as const;

/** Adds a format to `convert_output`. */
export const OutputFormat = (): ExtensionDecorator<Format> =>
  EXTENSION_POINTS.outputFormat.decorate({});
export type OutputFormat = Format;

/** Sees each graph before it goes to ComfyUI, and may change it. */
export const GraphPreprocessor = (): ExtensionDecorator<OfGraphs> =>
  EXTENSION_POINTS.graphPreprocessor.decorate({});
export type GraphPreprocessor = OfGraphs;

/** Sees each node of these types before it goes to ComfyUI, and may change it. */
export const NodePreprocessor = (
  ...classTypes: readonly [string, ...string[]]
): ExtensionDecorator<OfNodes> => EXTENSION_POINTS.nodePreprocessor.decorate({ classTypes });
export type NodePreprocessor = OfNodes;

/** Is told of these events. */
export const EventListener = <Name extends EventName>(
  ...events: readonly [Name, ...Name[]]
): ExtensionDecorator<Listener<Name>> => EXTENSION_POINTS.eventListener.decorate({ events });
export type EventListener<Name extends EventName = EventName> = Listener<Name>;

/** Serves workflows that are in no file. */
export const WorkflowSource = (): ExtensionDecorator<WorkflowCode> =>
  EXTENSION_POINTS.workflowSource.decorate({});
export type WorkflowSource = WorkflowCode;

/** Has a say in `/health/ready` and `/ready`. */
export const HealthIndicator = (): ExtensionDecorator<Indicator> =>
  EXTENSION_POINTS.healthIndicator.decorate({});
export type HealthIndicator = Indicator;

/** Is done before ComfyUI is started. */
export const StartupTask = (): ExtensionDecorator<Task> =>
  EXTENSION_POINTS.startupTask.decorate({});
export type StartupTask = Task;
