import type { EmulatedServer } from '../../emulated-server';
import { UnknownScenarioError } from '../../scenarios/armed.scenarios';
import { sendEmpty, sendJson } from '../http.answers';
import { bytesOf, readJsonObject } from '../request.body';
import type { RouteTable } from '../route.table';

/** The emulator's own API, for tests; a real ComfyUI answers 404 here. */
export function addEmulatorRoutes(routes: RouteTable, server: EmulatedServer): void {
  const { scenarios, stats, hub } = server;
  const listed = (): object => ({ scenarios: scenarios.list() });

  routes.addBare('GET', '/emulator/scenarios', (_request, reply) => sendJson(reply, listed()));

  routes.addBare('POST', '/emulator/scenarios', (request, reply) => {
    const spec = readJsonObject(request)['scenario'];
    if (typeof spec !== 'string') return sendJson(reply, { error: 'scenario is missing' }, 400);
    try {
      scenarios.arm(spec);
    } catch (error) {
      if (!(error instanceof UnknownScenarioError)) throw error;
      return sendJson(reply, { error: error.message }, 400);
    }
    return sendJson(reply, listed());
  });

  routes.addBare('DELETE', '/emulator/scenarios', (request, reply) => {
    const spec = bytesOf(request).length > 0 ? readJsonObject(request)['scenario'] : undefined;
    scenarios.disarm(typeof spec === 'string' ? spec : undefined);
    return sendJson(reply, listed());
  });

  routes.addBare('GET', '/emulator/stats', (_request, reply) =>
    sendJson(reply, {
      requests: stats.snapshot(),
      sockets: hub.size,
      prompts_run: server.promptsRun(),
    }),
  );

  routes.addBare('DELETE', '/emulator/stats', (_request, reply) => {
    stats.reset();
    return sendEmpty(reply, 200);
  });
}
