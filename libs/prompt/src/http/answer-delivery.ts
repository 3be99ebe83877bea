import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { posix } from 'node:path';
import { finished, pipeline } from 'node:stream/promises';

import type { JsonObject } from '@gateway/comfy-protocol';
import type { JobSuccess, PreparedFile } from '@gateway/jobs';
import { LastPieceEnds } from '@gateway/kernel';
import contentDisposition from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';

import { answerJson } from './prompt-answer';

/**
 * Sends a result: as the file's own bytes when the caller prefers those and there is exactly one, as
 * JSON otherwise. A failure after the status line destroys the socket, so that no caller takes a
 * part for the whole. Files are removed only when everything was sent. `echo` is added to the JSON.
 */
export async function deliver(
  result: JobSuccess,
  request: FastifyRequest,
  reply: FastifyReply,
  echo: JsonObject = {},
): Promise<'delivered' | 'abandoned'> {
  const file = preferredFile(result, request);
  const response = reply.raw;
  response.setTimeout(STALLED_AFTER_MS, () => response.destroy());
  reply.hijack();
  const begin = (headers: OutgoingHttpHeaders): void => {
    response.writeHead(200, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...headers });
  };
  try {
    if (file) await sendFile(file, response, begin);
    else await sendJson(answerJson(result, echo), response, begin);
  } catch {
    response.destroy();
    await result.abandoned();
    return 'abandoned';
  }
  await result.delivered();
  return 'delivered';
}

type Begin = (headers: OutgoingHttpHeaders) => void;

async function sendFile(file: PreparedFile, response: ServerResponse, begin: Begin): Promise<void> {
  begin(fileHeaders(file));
  await pipeline(file.stream(), new LastPieceEnds(response));
}

/** What fits into one piece goes out in one write, head and all. */
async function sendJson(
  pieces: AsyncGenerator<Buffer>,
  response: ServerResponse,
  begin: Begin,
): Promise<void> {
  const { value: first = NOTHING } = (await pieces.next()) as IteratorResult<Buffer, undefined>;
  const second = await pieces.next();
  if (second.done) {
    begin({ ...JSON_HEADERS, 'content-length': first.length });
    response.end(first);
    return finished(response);
  }
  begin(JSON_HEADERS);
  await pipeline(following(first, second.value, pieces), new LastPieceEnds(response));
}

async function* following(
  first: Buffer,
  second: Buffer,
  others: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  yield first;
  yield second;
  yield* others;
}

/** A reader that takes nothing for this long is given up; milliseconds. */
const STALLED_AFTER_MS = 60_000;
const NOTHING = Buffer.alloc(0);
const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

function preferredFile(result: JobSuccess, request: FastifyRequest): PreparedFile | undefined {
  const [file, ...others] = result.outputs;
  if (file?.kind !== 'file' || others.length > 0) return undefined;
  const preferred = new Negotiator(request.raw).mediaType(['application/json', file.contentType]);
  return preferred === file.contentType && file.contentType !== 'application/json'
    ? file
    : undefined;
}

function fileHeaders(file: PreparedFile): Record<string, string> {
  return {
    'content-type': file.contentType,
    'content-disposition': contentDisposition(posix.basename(file.filename), { type: 'inline' }),
    ...(file.sizeBytes !== undefined && { 'content-length': String(file.sizeBytes) }),
  };
}
