/**
 * Passes on what has exactly so many bytes, and throws before the first byte too many, or at an end
 * that comes too early.
 */
export async function* exactly(
  pieces: AsyncIterable<Buffer>,
  sizeBytes: number,
  otherwise: (sizeBytes: number) => Error,
): AsyncGenerator<Buffer> {
  let left = sizeBytes;
  for await (const piece of pieces) {
    left -= piece.length;
    if (left < 0) throw otherwise(sizeBytes);
    yield piece;
  }
  if (left > 0) throw otherwise(sizeBytes);
}
