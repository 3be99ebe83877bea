import { setImmediate } from 'node:timers/promises';

import { UnreadableInputError } from '../media.errors';
import { Base64Decoder } from './base64.decoder';
import { readDataUri } from './data-uri';
import { percentDecoded } from './percent-decoding';
import { textPieces } from './text-pieces';

/** A base64 text, or data URI in base64 without escapes, that is there in pieces. */
export interface InlinePieces {
  /** The first holds the whole head of a data URI. */
  pieces(): Iterable<string>;
}

/**
 * The bytes of a base64 text or of a data URI, base64 or percent-encoded, piece by piece. Other work
 * gets its turn between pieces, so that the largest request body holds nothing up, and no more than a
 * piece is there twice.
 *
 * @throws UnreadableInputError (`input.unreadable`) that says what is wrong; by then bytes may have
 *   been given.
 */
export async function* inlineBytes(value: string | InlinePieces): AsyncGenerator<Buffer> {
  const uri = readDataUri(typeof value === 'string' ? value : firstOf(value));
  const decoder = uri?.base64 === false ? new PercentDecoder() : new Base64Decoder();
  let given = 0;
  for (const piece of piecesOf(value, uri?.dataAt ?? 0)) {
    const bytes = decoder.decode(uri?.base64 ? unescaped(piece) : piece);
    given += bytes.length;
    if (bytes.length > 0) yield bytes;
    await setImmediate();
  }
  const last = decoder.end();
  if (last.length > 0) yield last;
  if (given + last.length === 0) throw new UnreadableInputError('it is empty');
}

function* piecesOf(value: string | InlinePieces, start: number): Iterable<string> {
  if (typeof value === 'string') {
    yield* textPieces(value, start, PIECE_LENGTH);
    return;
  }
  let before = start;
  for (const piece of value.pieces()) {
    yield piece.slice(before);
    before = 0;
  }
}

const PIECE_LENGTH = 1024 * 1024;

function firstOf(value: InlinePieces): string {
  const [first = ''] = value.pieces();
  return first;
}

/** Clients that build URLs escape the `+`, `/` and `=` of base64, too. */
function unescaped(piece: string): string {
  return piece.includes('%') ? percentDecoded(piece).toString('latin1') : piece;
}

class PercentDecoder {
  decode(piece: string): Buffer {
    return percentDecoded(piece);
  }

  end(): Buffer {
    return Buffer.alloc(0);
  }
}
