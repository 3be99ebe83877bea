import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';

/** Answers one request. */
export type Handler = (
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<FastifyReply> | FastifyReply;

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] as const;
type Method = (typeof METHODS)[number];

/**
 * Routes as ComfyUI registers them: each also under `/api`, each GET also as HEAD, every other
 * method of a known path answered with 405.
 */
export class RouteTable {
  private readonly methodsByPath = new Map<string, Set<Method>>();

  constructor(private readonly app: FastifyInstance) {}

  /** With and without the `/api` prefix. */
  add(method: Method, path: string, handler: Handler): void {
    this.addBare(method, path, handler);
    this.addBare(method, `/api${path}`, handler);
  }

  /** At this very path only, as `/internal/*` is. */
  addBare(method: Method, path: string, handler: Handler): void {
    const methods = this.methodsByPath.get(path) ?? new Set<Method>();
    this.methodsByPath.set(path, methods.add(method));
    this.app.route({ method, url: path, handler });
  }

  /** Registers the 405s; called after the last route. */
  close(): void {
    for (const [path, methods] of this.methodsByPath) {
      const others: HTTPMethods[] = METHODS.filter((method) => !methods.has(method));
      if (!methods.has('GET')) others.push('HEAD');
      const allowed = [...methods, ...(methods.has('GET') ? ['HEAD'] : [])].sort().join(',');
      this.app.route({
        method: others,
        url: path,
        exposeHeadRoute: false,
        handler: (_request, reply) =>
          reply
            .code(405)
            .headers({ allow: allowed, 'content-type': 'text/plain; charset=utf-8' })
            .send('405: Method Not Allowed'),
      });
    }
  }
}
