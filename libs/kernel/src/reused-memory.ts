/**
 * Memory for a piece of something large, with whatever was in it before. It is the caller's own; who
 * gives it back with {@link giveBack} when nobody reads or writes it any more spares the next caller
 * new memory.
 *
 * V8 looks through its whole heap for garbage whenever some 32 MB of buffers were made. Of the time
 * that 300 MB take from disk to socket, that was half.
 */
export function borrow(bytes: number): Buffer {
  if (bytes < LEAST_BYTES || bytes > MOST_BYTES) return Buffer.allocUnsafe(bytes);
  const size = Math.ceil(bytes / LEAST_BYTES) * LEAST_BYTES;
  const memory = free.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
  // An object of its own: what was given back stays given back, whoever has the memory then.
  const piece = memory.subarray(0, bytes);
  lent.set(piece, memory);
  return piece;
}

/** The beginning of what {@link borrow} gave; the rest is not needed. It is this that is given back then. */
export function shorten(piece: Buffer, bytes: number): Buffer {
  if (bytes === piece.length) return piece;
  const shorter = piece.subarray(0, bytes);
  const memory = takeBack(piece);
  if (memory) lent.set(shorter, memory);
  return shorter;
}

/** Takes back what {@link borrow} gave, that very buffer. Any other is left to the garbage collector. */
export function giveBack(piece: Buffer): void {
  const memory = takeBack(piece);
  if (!memory) return;
  const others = free.get(memory.length) ?? [];
  if (others.length < KEPT_OF_A_SIZE) others.push(memory);
  free.set(memory.length, others);
}

/** What was lent as this piece; from now on it is no longer. */
function takeBack(piece: Buffer): Buffer | undefined {
  const memory = lent.get(piece);
  lent.delete(piece);
  return memory;
}

const LEAST_BYTES = 128 * 1024;
const MOST_BYTES = 512 * 1024;
const KEPT_OF_A_SIZE = 8;

const lent = new WeakMap<Buffer, Buffer>();
const free = new Map<number, Buffer[]>();
