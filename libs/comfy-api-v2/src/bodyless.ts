import { RouteConfig, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

/** An operation that reads no body, whatever a client sends along. */
export function Bodyless(): MethodDecorator {
  return RouteConfig({ isBodyless: true });
}

/** What is below `/api/v2` and is no operation. */
export const WITHOUT_OPERATION = ['/api/v2', '/api/v2/*'] as const;

/**
 * Hides bodies from the routes that read none: Fastify would parse them first, and refuse the request
 * for a type it does not know or a text it cannot read. Node discards what was not read. Call before
 * `app` has its routes.
 */
export function ignoreBodies(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, _reply, done) => {
      if (isBodyless(request)) request.headers = { ...request.headers, ...NO_BODY };
      done();
    });
}

/** Nest hands on no configuration with a route for all methods. */
function isBodyless({ routeOptions: { url, config } }: FastifyRequest): boolean {
  const isMarked = (config as { readonly isBodyless?: boolean }).isBodyless === true;
  return isMarked || WITHOUT_OPERATION.some((path) => path === url);
}

const NO_BODY = {
  'content-type': undefined,
  'content-length': undefined,
  'transfer-encoding': undefined,
};
