import { EventBus } from '@gateway/events';
import { HealthIndicators } from '@gateway/health';
import { OutputFormats } from '@gateway/media';
import { GraphPreprocessors, nodeByNode } from '@gateway/prompt';
import type { NamedWorkflowCode } from '@gateway/workflow-registry';
import type { INestApplicationContext } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

import type { GatewayLogger } from '../logging';
import { EventListeners } from './event-listeners';
import { EXTENSION_POINTS } from './extension-points';
import type { ExtensionPoint } from './extension-point';
import { ExtensionError } from './extension.errors';
import type { StartupTasks } from './startup-tasks';

export interface ConnectedExtensions {
  readonly workflows: readonly NamedWorkflowCode[];
  readonly listeners: EventListeners;
}

/**
 * Hands what extensions provide to whom it is for. Once, when all providers are there and before
 * anybody asks for anything.
 *
 * @throws ExtensionError (`extension.failed`) naming the class.
 */
export function connectExtensions(
  app: INestApplicationContext,
  startup: StartupTasks,
  logger: GatewayLogger,
): ConnectedExtensions {
  const discovery = app.get(DiscoveryService, { strict: false });
  const log = logger.child({ part: 'extensions' });
  const each = <Contract, Options>(
    point: ExtensionPoint<Contract, Options>,
    connect: (instance: Contract, name: string, options: Options) => void,
  ): void => {
    for (const { instance, name, options } of provided(discovery, point)) {
      try {
        connect(instance, name, options);
      } catch (error) {
        throw new ExtensionError(`${name} (${point.name})`, error);
      }
      log.info({ extension: name, point: point.name }, 'extension connected');
    }
  };
  const listeners = new EventListeners(app.get(EventBus), log);
  const workflows: NamedWorkflowCode[] = [];
  const formats = app.get(OutputFormats);
  const preprocessors = app.get(GraphPreprocessors);
  const indicators = app.get(HealthIndicators);
  each(EXTENSION_POINTS.outputFormat, (format) => formats.add(format));
  each(EXTENSION_POINTS.graphPreprocessor, (preprocessor, name) =>
    preprocessors.add(name, preprocessor),
  );
  each(EXTENSION_POINTS.nodePreprocessor, (preprocessor, name, { classTypes }) =>
    preprocessors.add(name, nodeByNode(classTypes, preprocessor)),
  );
  each(EXTENSION_POINTS.eventListener, (listener, name, { events }) =>
    listeners.add(name, listener, events),
  );
  each(EXTENSION_POINTS.workflowSource, (code, name) => workflows.push({ name, code }));
  each(EXTENSION_POINTS.healthIndicator, (indicator) => indicators.add(indicator));
  each(EXTENSION_POINTS.startupTask, (task) => startup.add(task));
  return { workflows, listeners };
}

interface Provided<Contract, Options> {
  readonly instance: Contract;
  readonly name: string;
  readonly options: Options;
}

/** However it is provided: as a class, by a factory, as a value. Under two tokens it is still one. */
function provided<Contract, Options>(
  discovery: DiscoveryService,
  { name: point, mark }: ExtensionPoint<Contract, Options>,
): readonly Provided<Contract, Options>[] {
  const found = new Map<unknown, Provided<Contract, Options>>();
  for (const wrapper of discovery.getProviders()) {
    const instance: unknown = wrapper.instance;
    const made = (instance as object | null | undefined)?.constructor ?? wrapper.metatype;
    if (typeof made !== 'function') continue;
    const options = Reflect.getMetadata(mark.KEY, made) as Options | undefined;
    if (options === undefined) continue;
    if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient) {
      const reason = 'it must be one for the whole application, not made for each request';
      throw new ExtensionError(`${made.name} (${point})`, reason);
    }
    found.set(instance, { instance: instance as Contract, name: made.name, options });
  }
  return [...found.values()];
}
