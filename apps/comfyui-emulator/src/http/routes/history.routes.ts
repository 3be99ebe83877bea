import type { FastifyRequest } from 'fastify';

import type { EmulatedServer } from '../../emulated-server';
import { queryOf, sendEmpty, sendJson } from '../http.answers';
import { isTruthy, readJsonObject, stringsOf } from '../request.body';
import type { RouteTable } from '../route.table';

export function addHistoryRoutes(routes: RouteTable, { history, options }: EmulatedServer): void {
  routes.add('GET', '/history', (request, reply) => {
    const query = queryOf(request);
    const offset = options.profile.historyOffset ? integerOf(query.get('offset')) : undefined;
    return sendJson(reply, history.page(integerOf(query.get('max_items')), offset));
  });

  routes.add('GET', '/history/:promptId', (request, reply) => {
    const { promptId } = (request as FastifyRequest<{ Params: { promptId: string } }>).params;
    const entry = history.get(promptId);
    return sendJson(reply, entry === undefined ? {} : { [promptId]: entry });
  });

  routes.add('POST', '/history', (request, reply) => {
    const body = readJsonObject(request);
    if (isTruthy(body['clear'])) history.clear();
    for (const promptId of stringsOf(body['delete'])) history.delete(promptId);
    return sendEmpty(reply, 200);
  });
}

/** @throws TypeError for what Python's `int()` would not take. */
function integerOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw new TypeError(`invalid literal for int(): '${text}'`);
  return Number(text);
}
