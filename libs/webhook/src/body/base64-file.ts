import { addAbortSignal } from 'node:stream';

import type { PreparedFile } from '@gateway/jobs';
import { base64Chunks } from '@gateway/media';

import { BodyChangedError } from '../webhook.errors';
import { exactly } from './exactly';

/**
 * A file in base64, encoded while it is taken.
 *
 * @throws BodyChangedError (`webhook.body_changed`) when it has not the size it had.
 */
export async function* base64OfFile(
  file: PreparedFile,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const bytes = cut(addAbortSignal(signal, file.stream()));
  const checked =
    file.sizeBytes === undefined
      ? bytes
      : exactly(bytes, file.sizeBytes, (size) => new BodyChangedError(file.filename, size));
  yield* base64Chunks(checked);
}

/** Characters of the base64 of so many bytes. */
export function base64Length(sizeBytes: number | undefined): number | undefined {
  return sizeBytes === undefined ? undefined : 4 * Math.ceil(sizeBytes / 3);
}

/** However large a stream's chunks are, their base64 is not. */
async function* cut(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      yield chunk.subarray(start, start + PIECE_BYTES);
    }
  }
}

/** A multiple of three: nothing is left over for the next piece. */
const PIECE_BYTES = 96 * 1024;
