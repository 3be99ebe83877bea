import type { OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { LastPieceEnds } from '@gateway/kernel';
import type { FastifyReply } from 'fastify';

/**
 * Sends bytes whose status and headers the reply has. A failure, and a client who takes nothing for so
 * long, end the connection: no part is taken for the whole.
 */
export async function sendContent(
  reply: FastifyReply,
  bytes: Readable,
  stalledAfterMs: number,
): Promise<void> {
  const response = reply.hijack().raw;
  response.setTimeout(stalledAfterMs, () => response.destroy());
  try {
    response.writeHead(reply.statusCode, reply.getHeaders() as OutgoingHttpHeaders);
    await pipeline(bytes, new LastPieceEnds(response));
  } catch {
    bytes.destroy();
    response.destroy();
  }
}
