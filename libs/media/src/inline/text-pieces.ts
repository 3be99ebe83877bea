/**
 * Cuts a text into pieces of about `size` characters, from `start` on, and never inside of a
 * character or of an escape such as `%2B`.
 */
export function* textPieces(text: string, start: number, size: number): Generator<string> {
  for (let at = start; at < text.length;) {
    const end = Math.min(at + size, text.length);
    const border = end < text.length ? end - openedBefore(text, end) : end;
    yield text.slice(at, border);
    at = border;
  }
}

/** How many characters before a border belong to what comes after it. */
function openedBefore(text: string, border: number): number {
  if (text[border - 1] === '%') return 1;
  if (text[border - 2] === '%') return 2;
  return isHighSurrogate(text.charCodeAt(border - 1)) ? 1 : 0;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
