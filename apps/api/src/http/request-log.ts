import type { IncomingMessage, ServerResponse } from 'node:http';

import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import type { GatewayLogger } from '../logging';

/** One line per request with its ids, never a body. Probes are logged at `debug`. */
export function logRequests(app: NestFastifyApplication, logger: GatewayLogger): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', ({ raw: request }, { raw: response }, done) => {
    const startedAt = performance.now();
    // The end of every answer, also of one that was streamed, or that nobody waited for.
    response.once('close', () => logRequest(logger, request, response, startedAt));
    done();
  });
}

function logRequest(
  logger: GatewayLogger,
  request: IncomingMessage,
  response: ServerResponse,
  startedAt: number,
): void {
  const { method, url = '', jobId } = request;
  const { statusCode: status } = response;
  const facts = {
    ...(jobId !== undefined && { jobId }),
    req: { method, url },
    res: { status },
    responseTime: Math.round(performance.now() - startedAt),
  };
  const message = response.writableFinished ? 'request' : 'request dropped';
  logger[levelOf(url, status)](facts, message);
}

function levelOf(url: string, status: number): 'debug' | 'info' | 'error' {
  if (/^\/(health|ready)\b/.test(url)) return 'debug';
  return status >= 500 ? 'error' : 'info';
}
