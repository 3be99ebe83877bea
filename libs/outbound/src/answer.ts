import type { Readable } from 'node:stream';

import type { Dispatcher } from 'undici';

import type { OutboundResponse } from './outbound.request';

export interface AnswerParts {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly url: URL;
  readonly body: Readable;
  readonly tooLarge: (maxBytes: number) => Error;
}

/** What callers see of an answer. */
export function answerOf({ status, headers, url, body, tooLarge }: AnswerParts): OutboundResponse {
  return {
    status,
    headers: joined(headers),
    url: url.href,
    body,
    text: (maxBytes = Infinity) => readText(body, maxBytes, tooLarge),
    discard: () => discard(body),
  };
}

function joined(headers: Dispatcher.ResponseData['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value = '']) => [name, [value].flat().join(', ')]),
  );
}

async function readText(
  body: Readable,
  maxBytes: number,
  tooLarge: (maxBytes: number) => Error,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

async function discard(body: Readable): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      // A new connection costs less than reading more.
      if (bytes > WORTH_READING_BYTES) break;
    }
  } catch {
    // Nobody wanted it.
  }
  body.destroy();
}

const WORTH_READING_BYTES = 64 * 1024;
