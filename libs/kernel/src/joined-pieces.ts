import { giveBack } from './reused-memory';

/** Makes one of small pieces, so that little is one write. A large one comes alone, and is not copied. */
export async function* joinedPieces(
  pieces: AsyncIterable<string | Buffer>,
): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    pending.push(bytes);
    length += bytes.length;
    if (length >= WRITE_AT_LEAST_BYTES) {
      yield joint(pending);
      pending = [];
      length = 0;
    }
  }
  if (length > 0) yield joint(pending);
}

function joint(pieces: readonly Buffer[]): Buffer {
  const [only, ...others] = pieces;
  if (only && others.length === 0) return only;
  const whole = Buffer.concat(pieces);
  for (const piece of pieces) giveBack(piece);
  return whole;
}

const WRITE_AT_LEAST_BYTES = 64 * 1024;
