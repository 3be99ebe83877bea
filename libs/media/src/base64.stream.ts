/**
 * Base64 text of a byte stream, piece by piece: only the one or two bytes that do not fill a group
 * of three wait for the next chunk.
 */
export async function* base64Chunks(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = EMPTY;
  for await (const chunk of bytes) {
    const joined = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = joined.length - (joined.length % 3);
    if (whole > 0) yield joined.toString('base64', 0, whole);
    rest = joined.subarray(whole);
  }
  if (rest.length > 0) yield rest.toString('base64');
}

const EMPTY = Buffer.alloc(0);
