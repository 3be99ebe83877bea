/** The nearest byte. */
export function clamp(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.round(value);
}

/** A copy with each byte replaced. */
export function mapBytes(bytes: Buffer, replace: (value: number) => number): Buffer {
  const table = Uint8Array.from({ length: 256 }, (_, value) => clamp(replace(value)));
  const mapped = Buffer.allocUnsafe(bytes.length);
  for (let at = 0; at < bytes.length; at++) mapped[at] = table[bytes[at] ?? 0] ?? 0;
  return mapped;
}

/** Combines two buffers of one length byte by byte. */
export function zipBytes(
  one: Buffer,
  other: Buffer,
  combine: (a: number, b: number) => number,
): Buffer {
  const zipped = Buffer.allocUnsafe(one.length);
  for (let at = 0; at < one.length; at++) {
    zipped[at] = clamp(combine(one[at] ?? 0, other[at] ?? 0));
  }
  return zipped;
}
