import { UnreadableInputError } from '../media.errors';

const PERCENT = 0x25;

/**
 * The bytes of a percent-encoded text; characters that are not escaped stand for themselves, in
 * UTF-8, as browsers take them.
 *
 * @throws UnreadableInputError (`input.unreadable`) when a `%` is not followed by two hexadecimal
 *   digits.
 */
export function percentDecoded(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  let written = bytes.indexOf(PERCENT);
  if (written < 0) return bytes;
  for (let read = written; read < bytes.length;) {
    const byte = bytes[read] ?? 0;
    bytes[written++] = byte === PERCENT ? escapedByte(bytes, read) : byte;
    read += byte === PERCENT ? 3 : 1;
  }
  return bytes.subarray(0, written);
}

function escapedByte(bytes: Buffer, at: number): number {
  const digits = bytes.toString('latin1', at + 1, at + 3);
  if (!/^[\da-f]{2}$/i.test(digits)) {
    throw new UnreadableInputError('its data URI has a % without two hexadecimal digits after it');
  }
  return Number.parseInt(digits, 16);
}
