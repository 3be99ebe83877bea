import type { FastifyRequest } from 'fastify';

import type { EmulatedServer } from '../../emulated-server';
import { sendJson } from '../http.answers';
import type { RouteTable } from '../route.table';

export function addNodeRoutes(routes: RouteTable, { library }: EmulatedServer): void {
  routes.add('GET', '/object_info', (_request, reply) => sendJson(reply, library.describeAll()));
  routes.add('GET', '/object_info/:classType', (request, reply) => {
    const { classType } = (request as FastifyRequest<{ Params: { classType: string } }>).params;
    const info = library.describeKnown(classType);
    return sendJson(reply, info === undefined ? {} : { [classType]: info });
  });
}
