import { createServer, type RequestListener, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';

import { fastify, type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';

import { maxUploadBytes } from '../emulator.options';
import type { EmulatedServer } from '../emulated-server';
import { pathOf, sendEmpty } from './http.answers';
import { isForeignOrigin } from './origin.guard';
import { RouteTable } from './route.table';
import { addEmulatorRoutes } from './routes/emulator.routes';
import { addFileRoutes } from './routes/file.routes';
import { addHistoryRoutes } from './routes/history.routes';
import { addInternalRoutes } from './routes/internal.routes';
import { addJobRoutes } from './routes/job.routes';
import { addModelRoutes } from './routes/model.routes';
import { addNodeRoutes } from './routes/node.routes';
import { addPromptRoutes } from './routes/prompt.routes';
import { addQueueRoutes } from './routes/queue.routes';
import { addSystemRoutes } from './routes/system.routes';
import { addUploadRoutes } from './routes/upload.routes';

/** Makes http servers, one per address, that answer as aiohttp under ComfyUI does. */
export async function createHttpServers(server: EmulatedServer, count: number): Promise<Server[]> {
  let listener: RequestListener | undefined;
  const app = fastify({
    bodyLimit: maxUploadBytes(server.options),
    exposeHeadRoutes: true,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 4096 },
    serverFactory: (handler) => {
      listener = handler;
      return createServer(handler);
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  guard(app, server);
  decorateAnswers(app, server);
  answerFailures(app, server);
  addRoutes(app, server);
  await app.ready();
  const handler = listener;
  if (handler === undefined) throw new Error('Fastify made no listener');
  return Array.from({ length: count }, () => createServer(KEEP_ALIVE, handler));
}

/** aiohttp's; Node's own five seconds would cut connections that clients still count on. */
const KEEP_ALIVE = { keepAliveTimeout: 75_000 } as const;

function addRoutes(app: FastifyInstance, server: EmulatedServer): void {
  const routes = new RouteTable(app);
  addPromptRoutes(routes, server);
  addQueueRoutes(routes, server);
  addHistoryRoutes(routes, server);
  addFileRoutes(routes, server);
  addNodeRoutes(routes, server);
  addModelRoutes(routes, server);
  addSystemRoutes(routes, server);
  addInternalRoutes(routes, server);
  addEmulatorRoutes(routes, server);
  if (server.options.profile.jobs) addJobRoutes(routes, server);
  routes.close();
  addUploadRoutes(app, server);
}

/** Counts, faults, the origin guard, and OPTIONS, in this order, before any handler. */
function guard(app: FastifyInstance, server: EmulatedServer): void {
  const { corsOrigin } = server.options;
  app.addHook('onRequest', async (request, reply) => {
    const { headers, method } = request;
    const isTestApi = request.url.startsWith('/emulator/');
    if (!isTestApi) {
      server.stats.count(`${method} ${pathOf(request.routeOptions.url ?? request.url)}`);
      const status = server.scenarios.onRequest(request.raw);
      if (status !== undefined) return sendFailure(reply, status);
    }
    if (corsOrigin === undefined && isForeignOrigin(headers.host, headers.origin)) {
      return sendEmpty(reply, 403);
    }
    if (method === 'OPTIONS') return sendEmpty(reply, 200);
    return undefined;
  });
}

function decorateAnswers(app: FastifyInstance, server: EmulatedServer): void {
  const { corsOrigin, compress, profile } = server.options;
  app.addHook('onSend', (request, reply, payload, done) => {
    reply.header('server', 'Python/3.11 aiohttp/3.14.3');
    if (corsOrigin !== undefined) {
      const extra = profile.jobs ? ', PATCH' : '';
      reply.headers({
        'access-control-allow-origin': corsOrigin,
        'access-control-allow-methods': `POST, GET, DELETE, PUT, OPTIONS${extra}`,
        'access-control-allow-headers': 'Content-Type, Authorization',
        'access-control-allow-credentials': 'true',
      });
    }
    if (typeof payload !== 'string' || payload === '') {
      done(null, payload);
      return;
    }
    const text = server.scenarios.onAnswer(pathOf(request.url), payload);
    const accepts = request.headers['accept-encoding'] ?? '';
    if (compress && accepts.includes('gzip')) {
      reply.header('content-encoding', 'gzip').removeHeader('content-length');
      done(null, gzipSync(text));
      return;
    }
    if (text !== payload) reply.removeHeader('content-length');
    done(null, text);
  });
}

function answerFailures(app: FastifyInstance, server: EmulatedServer): void {
  app.setNotFoundHandler((_request, reply) => sendEmpty(reply, 404));
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    if (error.statusCode === 413) {
      const limit = maxUploadBytes(server.options);
      return reply
        .code(413)
        .header('content-type', 'text/plain; charset=utf-8')
        .send(`Maximum request body size ${limit} exceeded.`);
    }
    server.log.error(`Error handling request from 127.0.0.1\n${error.stack ?? error.message}`);
    return sendFailure(reply, 500);
  });
}

function sendFailure(reply: FastifyReply, status: number): FastifyReply {
  const reason = status === 500 ? 'Internal Server Error' : 'Error';
  return reply
    .code(status)
    .headers({ 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
    .send(`${status} ${reason}\n\nServer got itself in trouble`);
}
