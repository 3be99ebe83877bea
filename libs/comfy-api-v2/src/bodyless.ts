import { RouteConfig, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { onRequestHookHandler, RouteOptions } from 'fastify';

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
    .addHook('onRoute', (route) => {
      if (isBodyless(route)) route.onRequest = [hideBody, ...[route.onRequest ?? []].flat()];
    });
}

/** Nest hands on no configuration with a route for all methods. */
function isBodyless({ url, config = {} }: RouteOptions): boolean {
  const isMarked = (config as { readonly isBodyless?: boolean }).isBodyless === true;
  return isMarked || WITHOUT_OPERATION.some((path) => path === url);
}

const hideBody: onRequestHookHandler = (request, _reply, done) => {
  request.headers = { ...request.headers, ...NO_BODY };
  done();
};

const NO_BODY = {
  'content-type': undefined,
  'content-length': undefined,
  'transfer-encoding': undefined,
};
