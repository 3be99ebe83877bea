import { Readable } from 'node:stream';

import { UnreadableInputError } from '../media.errors';
import { SIGNATURE_BYTES, typeOfContent } from './content-signature';
import { isWebPage } from './documents';
import type { FileType } from './file-types';
import { refined, typeOfHints, type TypeHints } from './type-hints';

/** A file that is known, with all of its bytes still to be read. */
export interface IdentifiedContent extends FileType {
  /** Destroying it lets go of the source, read or not. */
  readonly bytes: Readable;
}

/**
 * Finds out what a file is by its first bytes; only where these could be anything, the hints decide.
 * When it fails, the source is let go of.
 *
 * @throws UnreadableInputError (`input.unreadable`) for what is empty, a web page, or of no known
 *   type, and whatever the source throws.
 */
export async function identifyContent(
  bytes: AsyncIterable<Buffer>,
  hints: TypeHints,
): Promise<IdentifiedContent> {
  const source = bytes[Symbol.asyncIterator]();
  try {
    const chunks = await firstChunks(source);
    const type = identify(Buffer.concat(chunks).subarray(0, SIGNATURE_BYTES), hints);
    return { ...type, bytes: Readable.from(unread(chunks, source), { objectMode: false }) };
  } catch (error) {
    await source.return?.();
    throw error;
  }
}

async function firstChunks(source: AsyncIterator<Buffer>): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for (let length = 0; length < SIGNATURE_BYTES;) {
    const next = await source.next();
    if (next.done) break;
    if (next.value.length > 0) chunks.push(next.value);
    length += next.value.length;
  }
  return chunks;
}

function identify(head: Buffer, hints: TypeHints): FileType {
  if (head.length === 0) throw new UnreadableInputError('it is empty');
  const shown = typeOfContent(head);
  if (shown) return refined(shown, hints);
  if (isWebPage(head)) throw new UnreadableInputError('it is a web page');
  const hinted = typeOfHints(hints);
  if (!hinted) throw new UnreadableInputError('its bytes are of no known file type');
  return hinted;
}

/** Not a generator: `return` of one that was never begun would not reach the source. */
function unread(
  chunks: readonly Buffer[],
  source: AsyncIterator<Buffer>,
): AsyncIterableIterator<Buffer> {
  const waiting = [...chunks];
  return {
    next: () => {
      const value = waiting.shift();
      return value ? Promise.resolve({ done: false, value }) : source.next();
    },
    return: async () => {
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
