import { isJsonObject, type JsonValue } from '@gateway/comfy-protocol';

import type { EmulatedServer } from '../../emulated-server';
import { withoutSecrets } from '../../queue/queue.item';
import { sendEmpty, sendJson } from '../http.answers';
import { bytesOf, isTruthy, readJson, readJsonObject, stringsOf } from '../request.body';
import type { RouteTable } from '../route.table';
import type { FastifyRequest } from 'fastify';

export function addQueueRoutes(routes: RouteTable, server: EmulatedServer): void {
  const { queue, interrupt, log, options } = server;

  routes.add('GET', '/queue', (_request, reply) => {
    const hides = options.profile.hidesSecrets === 'everywhere';
    const shown = (items: ReturnType<typeof queue.listPending>): typeof items =>
      hides ? items.map(withoutSecrets) : items;
    return sendJson(reply, {
      queue_running: shown(queue.listRunning()),
      queue_pending: shown(queue.listPending()),
    });
  });

  routes.add('POST', '/queue', (request, reply) => {
    const body = readJsonObject(request);
    if (isTruthy(body['clear'])) queue.clear();
    for (const promptId of stringsOf(body['delete'])) queue.delete(promptId);
    return sendEmpty(reply, 200);
  });

  routes.add('POST', '/interrupt', (request, reply) => {
    const promptId = options.profile.interruptById ? promptIdIn(request) : undefined;
    if (promptId === undefined) {
      log.info('Global interrupt (no prompt_id specified)');
      interrupt.raise();
    } else if (queue.listRunning().some(([, id]) => id === promptId)) {
      log.info(`Interrupting prompt ${promptId}`);
      interrupt.raise();
    } else {
      log.info(`Prompt ${promptId} is not currently running, skipping interrupt`);
    }
    return sendEmpty(reply, 200);
  });

  routes.add('POST', '/free', (request, reply) => {
    const body = readJsonObject(request);
    queue.requestFree({
      ...(isTruthy(body['unload_models']) ? { unloadModels: true } : {}),
      ...(isTruthy(body['free_memory']) ? { freeMemory: true } : {}),
    });
    return sendEmpty(reply, 200);
  });
}

/** A missing or malformed body asks for a global interrupt; an array makes ComfyUI fail. */
function promptIdIn(request: FastifyRequest): string | undefined {
  if (bytesOf(request).length === 0) return undefined;
  const body = parseOrEmpty(request);
  if (!isJsonObject(body)) throw new TypeError('the body has no attribute get');
  const promptId = body['prompt_id'];
  return isTruthy(promptId) && typeof promptId === 'string' ? promptId : undefined;
}

function parseOrEmpty(request: FastifyRequest): JsonValue {
  try {
    return readJson(request);
  } catch {
    return {};
  }
}
