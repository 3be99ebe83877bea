import { setImmediate } from 'node:timers/promises';

import { UnreadableInputError } from '../media.errors';
import { Base64Decoder } from './base64.decoder';
import { readDataUri } from './data-uri';
import { percentDecoded } from './percent-decoding';
import { textPieces } from './text-pieces';

/**
 * The bytes of a base64 text or of a data URI, base64 or percent-encoded, piece by piece. Other work
 * gets its turn between pieces, so that the largest request body holds nothing up, and no more than a
 * piece is there twice.
 *
 * @throws UnreadableInputError (`input.unreadable`) that says what is wrong; by then bytes may have
 *   been given.
 */
export async function* inlineBytes(value: string): AsyncGenerator<Buffer> {
  const uri = readDataUri(value);
  const decoder = uri?.base64 === false ? new PercentDecoder() : new Base64Decoder();
  let given = 0;
  for (const piece of textPieces(value, uri?.dataAt ?? 0, PIECE_LENGTH)) {
    const bytes = decoder.decode(uri?.base64 ? unescaped(piece) : piece);
    given += bytes.length;
    if (bytes.length > 0) yield bytes;
    await setImmediate();
  }
  const last = decoder.end();
  if (last.length > 0) yield last;
  if (given + last.length === 0) throw new UnreadableInputError('it is empty');
}

const PIECE_LENGTH = 1024 * 1024;

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
