/** Bytes `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The single range of a `Range` header; `undefined` for none, `invalid` for one out of bounds. */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | 'invalid' | undefined {
  if (header === undefined) return undefined;
  const match = /^bytes=(\d*)-(\d*)$/.exec(header);
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) return 'invalid';
  if (first === '') {
    const count = Math.min(Number(last), size);
    return count === 0 ? 'invalid' : { start: size - count, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start >= size || end < start ? 'invalid' : { start, end };
}
