import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { FastifyRequest } from 'fastify';

import type { EmulatedServer } from '../../emulated-server';
import { modelFolders } from '../../files/model.folders';
import { sendEmpty, sendJson } from '../http.answers';
import { isTruthy, readJsonObject } from '../request.body';
import type { RouteTable } from '../route.table';

/** `/internal/*`: declared unstable by ComfyUI, and never under `/api`. */
export function addInternalRoutes(routes: RouteTable, server: EmulatedServer): void {
  const { log, folders } = server;
  const followers = new LogFollowers(server);

  routes.addBare('GET', '/internal/logs', (_request, reply) =>
    sendJson(
      reply,
      log
        .recent()
        .map(({ t, m }) => `${t} - ${m}`)
        .join(''),
    ),
  );
  routes.addBare('GET', '/internal/logs/raw', (_request, reply) =>
    sendJson(reply, { entries: log.recent(), size: { cols: 80, rows: 24 } }),
  );
  routes.addBare('PATCH', '/internal/logs/subscribe', (request, reply) => {
    const { clientId, enabled } = readJsonObject(request);
    if (typeof clientId === 'string') followers.set(clientId, isTruthy(enabled));
    return sendEmpty(reply, 200);
  });
  routes.addBare('GET', '/internal/folder_paths', (_request, reply) =>
    sendJson(
      reply,
      Object.fromEntries(modelFolders(folders).map(({ key, paths }) => [key, paths])),
    ),
  );
  routes.addBare('GET', '/internal/files/:kind', (request, reply) => {
    const { kind } = (request as FastifyRequest<{ Params: { kind: string } }>).params;
    if (kind !== 'output' && kind !== 'input' && kind !== 'temp') {
      return sendJson(reply, { error: 'Invalid directory type' }, 400);
    }
    return sendJson(reply, newestFirst(folders[kind]));
  });
}

/** Sends new log entries to those who asked for them. */
class LogFollowers {
  private readonly clientIds = new Set<string>();
  private stop: (() => void) | undefined;

  constructor(private readonly server: EmulatedServer) {}

  set(clientId: string, enabled: boolean): void {
    if (enabled) this.clientIds.add(clientId);
    else this.clientIds.delete(clientId);
    if (this.clientIds.size > 0) this.stop ??= this.follow();
    else {
      this.stop?.();
      this.stop = undefined;
    }
  }

  private follow(): () => void {
    const { log, hub } = this.server;
    return log.follow(({ t, m }) => {
      for (const clientId of this.clientIds) {
        hub.publish('logs', { entries: [{ t, m }], size: null }, clientId);
      }
    });
  }
}

function newestFirst(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map(({ name }) => ({ name, modified: statSync(join(folder, name)).mtimeMs }))
      .sort((one, other) => other.modified - one.modified)
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
