import { stringifyJson } from '@gateway/comfy-protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A JSON answer; integers beyond 2^53 included. */
export function sendJson(reply: FastifyReply, value: unknown, status = 200): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'application/json; charset=utf-8')
    .send(stringifyJson(value));
}

/** A status without a body. */
export function sendEmpty(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).header('content-type', 'application/octet-stream').send('');
}

/** Query parameters; of a repeated one the first, as aiohttp's `get` has it. */
export function queryOf(request: FastifyRequest): URLSearchParams {
  const start = request.url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : request.url.slice(start + 1));
}

/** The path asked for, without the `/api` prefix. */
export function pathOf(url: string): string {
  const [path = '/'] = url.split('?');
  return path.startsWith('/api/') ? path.slice('/api'.length) : path;
}
