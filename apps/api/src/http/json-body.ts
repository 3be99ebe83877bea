import type { IncomingMessage } from 'node:http';

import { JsonBodyReader, type JsonValue } from '@gateway/comfy-protocol';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { errorCodes, type FastifyRequest } from 'fastify';

/**
 * Reads JSON bodies without rounding 64-bit seeds, and notes how large they were. Long files in them
 * are set aside for routes that take them so.
 *
 * Nest installs a JSON parser of its own unless told not to (`bodyParser: false`).
 */
export function acceptJsonBodies(app: NestFastifyApplication, maxBytes: number): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.decorateRequest('bodyBytes', 0);
  fastify.decorateRequest('longTexts', undefined);
  fastify.removeContentTypeParser(['application/json', 'text/plain']);
  fastify.addContentTypeParser(
    'application/json',
    (request: FastifyRequest, payload: IncomingMessage) => readJson(request, payload, maxBytes),
  );
}

async function readJson(
  request: FastifyRequest,
  payload: IncomingMessage,
  maxBytes: number,
): Promise<JsonValue | undefined> {
  if (Number(request.headers['content-length']) > maxBytes) throw tooLarge();
  const reader = new JsonBodyReader();
  // Whoever is refused in the middle of his body still gets an answer.
  for await (const chunk of payload.iterator({ destroyOnReturn: false })) {
    request.bodyBytes += (chunk as Buffer).length;
    if (request.bodyBytes > maxBytes) throw tooLarge();
    reader.write(chunk as Buffer);
  }
  // Many clients name the type of a body that they do not send.
  if (request.bodyBytes === 0) return undefined;
  const { body, texts } = read(reader);
  if (texts.isEmpty) return body;
  if (!request.routeOptions.config.takesLongTexts) return texts.restoreIn(body);
  request.longTexts = texts;
  return body;
}

function read(reader: JsonBodyReader): ReturnType<JsonBodyReader['end']> {
  try {
    return reader.end();
  } catch (cause) {
    throw new MalformedJsonError(cause);
  }
}

function tooLarge(): Error {
  return new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
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
