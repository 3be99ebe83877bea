import { stringifyJson } from '@gateway/comfy-protocol';
import type { PreparedFile } from '@gateway/jobs';
import { joinedPieces } from '@gateway/kernel';

import { base64Length, base64OfFile } from './base64-file';
import type { WebhookBody } from './webhook.body';

/** JSON text as it is; a value, written when it is needed; or a file's base64, without quotes. */
export type JsonPart = string | { readonly json: unknown } | { readonly base64: PreparedFile };

/** A JSON document of which only the piece that is being sent exists. */
export function jsonBody(parts: readonly JsonPart[]): WebhookBody {
  return {
    sizeBytes: () => sizeOf(parts),
    read: (signal) => joinedPieces(piecesOf(parts, signal)),
  };
}

function sizeOf(parts: readonly JsonPart[]): number | undefined {
  let total = 0;
  for (const part of parts) {
    const size =
      typeof part === 'object' && 'base64' in part
        ? base64Length(part.base64.sizeBytes)
        : Buffer.byteLength(textOf(part));
    if (size === undefined) return undefined;
    total += size;
  }
  return total;
}

async function* piecesOf(parts: readonly JsonPart[], signal: AbortSignal): AsyncGenerator<Buffer> {
  for (const part of parts) {
    if (typeof part === 'object' && 'base64' in part) yield* base64OfFile(part.base64, signal);
    else yield* encoded(textOf(part));
  }
}

function textOf(part: string | { readonly json: unknown }): string {
  return typeof part === 'string' ? part : stringifyJson(part.json);
}

/** UTF-8 of a text, cut where no pair of surrogates is torn apart. */
function* encoded(text: string): Generator<Buffer> {
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + TEXT_PIECE_CHARS, text.length);
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    yield Buffer.from(text.slice(start, end));
    start = end;
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

const TEXT_PIECE_CHARS = 64 * 1024;
