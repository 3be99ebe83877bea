import { parseJson } from '@gateway/comfy-protocol';
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
      try {
        const text = body.toString('utf8');
        if (PROTOTYPE_KEY.test(text)) throw new SyntaxError('it holds the key "__proto__"');
        done(null, parseJson(text));
      } catch (cause) {
        done(new MalformedJsonError(cause));
      }
    },
  );
}

/** Copies of such an object lose the key without a word, or worse; nobody sends it in good faith. */
const PROTOTYPE_KEY = /"__proto__"\s*:/;

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
