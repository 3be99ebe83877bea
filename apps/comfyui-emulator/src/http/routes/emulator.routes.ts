import type { EmulatedServer } from '../../emulated-server';
import { UnknownScenarioError } from '../../scenarios/armed.scenarios';
import { sendEmpty, sendJson } from '../http.answers';
import { TurboSettingError } from '../../turbo/turbo.settings';
import { bytesOf, readJsonObject } from '../request.body';
import type { RouteTable } from '../route.table';

/** The emulator's own API, for tests; a real ComfyUI answers 404 here. */
export function addEmulatorRoutes(routes: RouteTable, server: EmulatedServer): void {
  const { scenarios, stats, hub, turbo } = server;
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

  routes.addBare('PUT', '/emulator/turbo', (request, reply) => {
    if (turbo === undefined) return sendJson(reply, { error: 'not in turbo mode' }, 409);
    const settings = readJsonObject(request)['turbo'];
    if (typeof settings !== 'string') return sendJson(reply, { error: 'turbo is missing' }, 400);
    try {
      turbo.set(settings);
    } catch (error) {
      if (!isSettingProblem(error)) throw error;
      return sendJson(reply, { error: error.message }, 400);
    }
    return sendJson(reply, { turbo: turbo.settings });
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

function isSettingProblem(error: unknown): error is Error {
  return error instanceof TurboSettingError || (error instanceof Error && 'syscall' in error);
}
