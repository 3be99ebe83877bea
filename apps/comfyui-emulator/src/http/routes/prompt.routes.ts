import { queueInfo, type EmulatedServer } from '../../emulated-server';
import { PromptIntake } from '../../queue/prompt.intake';
import { sendJson } from '../http.answers';
import { readJson } from '../request.body';
import type { RouteTable } from '../route.table';

export function addPromptRoutes(routes: RouteTable, server: EmulatedServer): void {
  const intake = new PromptIntake(server);
  routes.add('GET', '/prompt', (_request, reply) => sendJson(reply, queueInfo(server.queue)));
  routes.add('POST', '/prompt', (request, reply) => {
    const answer = intake.accept(readJson(request));
    return sendJson(reply, answer.body, answer.status);
  });
}
