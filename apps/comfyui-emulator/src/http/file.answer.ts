import { createReadStream, readFileSync, statSync, type BigIntStats } from 'node:fs';
import type { Readable } from 'node:stream';

import type { FastifyReply, FastifyRequest } from 'fastify';
import { lookup } from 'mime-types';

import { parseRange } from '../files/byte.range';
import { sendEmpty } from './http.answers';

/** How a file is presented; later releases are stricter about content a browser would run. */
export interface FilePresentation {
  readonly filename: string;
  readonly hardened: boolean;
}

/** Sends a file as aiohttp does: validators, ranges, conditional answers. */
export function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  presentation: FilePresentation,
): FastifyReply {
  const facts = factsOf(path);
  if (facts?.isFile() !== true) return sendEmpty(reply, 404);
  const size = Number(facts.size);
  const etag = `"${facts.mtimeNs.toString(16)}-${facts.size.toString(16)}"`;
  const modified = new Date(Number(facts.mtimeMs));
  reply.headers({
    ...describeContent(presentation),
    etag,
    'last-modified': modified.toUTCString(),
    'accept-ranges': 'bytes',
  });
  if (isUnchanged(request, etag, modified)) return reply.code(304).send();

  const ifRange = request.headers['if-range'];
  const mayRange = ifRange === undefined || ifRange === etag;
  const range = mayRange ? parseRange(request.headers.range, size) : undefined;
  if (range === 'invalid') {
    return reply.code(416).header('content-range', `bytes */${size}`).send('');
  }
  if (range === undefined) {
    return reply.header('content-length', size).send(contentOf(path, size));
  }
  return reply
    .code(206)
    .headers({
      'content-range': `bytes ${range.start}-${range.end}/${size}`,
      'content-length': range.end - range.start + 1,
    })
    .send(createReadStream(path, { start: range.start, end: range.end }));
}

/** A turn through the thread pool costs several times as much as the look itself. */
function factsOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/** A stream's turns through the thread pool cost more than reading a small file at once. */
function contentOf(path: string, size: number): Buffer | Readable {
  return size <= LARGEST_READ_AT_ONCE ? readFileSync(path) : createReadStream(path);
}

const LARGEST_READ_AT_ONCE = 64 * 1024;

/** Types a browser would run are served as plain bytes. */
const ACTIVE_TYPES = new Set([
  'text/html',
  'text/html-sandboxed',
  'application/xhtml+xml',
  'text/javascript',
  'application/javascript',
  'text/css',
]);
const ACTIVE_TYPES_SINCE_HARDENING = new Set(['image/svg+xml', 'application/xml', 'text/xml']);

function describeContent({ filename, hardened }: FilePresentation): Record<string, string> {
  const guessed = lookup(filename);
  const type = guessed === false ? 'application/octet-stream' : guessed;
  const isActive = ACTIVE_TYPES.has(type) || (hardened && ACTIVE_TYPES_SINCE_HARDENING.has(type));
  return {
    'content-type': isActive ? 'application/octet-stream' : type,
    'content-disposition': `${hardened && isActive ? 'attachment; ' : ''}filename="${encodeName(filename)}"`,
    ...(hardened ? { 'x-content-type-options': 'nosniff' } : {}),
  };
}

/** A header holds Latin-1; aiohttp writes the bytes of the UTF-8 name. */
export function encodeName(filename: string): string {
  return Buffer.from(filename.replaceAll('"', '\\"').replace(/[\r\n]/g, ' '), 'utf8').toString(
    'latin1',
  );
}

function isUnchanged(request: FastifyRequest, etag: string, modified: Date): boolean {
  const known = request.headers['if-none-match'];
  if (known !== undefined) {
    return known === '*' || known.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
  }
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  return Number.isFinite(since) && Math.floor(modified.getTime() / 1000) * 1000 <= since;
}
