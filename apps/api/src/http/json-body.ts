import { parseRequestJson } from '@gateway/comfy-protocol';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/**
 * Reads JSON bodies without rounding 64-bit seeds, and notes how large they were.
 *
 * Nest installs a JSON parser of its own unless told not to (`bodyParser: false`).
 */
export function acceptJsonBodies(app: NestFastifyApplication, maxBytes: number): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.decorateRequest('bodyBytes', 0);
  fastify.removeContentTypeParser(['application/json', 'text/plain']);
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: maxBytes },
    (request, body: Buffer, done) => {
      request.bodyBytes = body.length;
      // Many clients name the type of a body that they do not send.
      if (body.length === 0) {
        done(null);
        return;
      }
      try {
        done(null, parseRequestJson(body.toString('utf8')));
      } catch (cause) {
        done(new MalformedJsonError(cause));
      }
    },
  );
}

class MalformedJsonError extends Error {
  readonly statusCode = 400;

  constructor(cause: unknown) {
    super(
      `The body is not JSON we can read: ${cause instanceof Error ? cause.message : 'unreadable'}`,
      {
        cause,
      },
    );
  }
}
