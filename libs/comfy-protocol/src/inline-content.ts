/** How a text in a file input is meant. */
export type InputTextKind = 'name' | 'base64' | 'data-uri' | 'url';

/**
 * Tells the name of a file from the file itself (a data URI, an address, or base64). A short text of
 * base64's alphabet is more likely a name. Of a long text only the beginning is looked at.
 *
 * That alphabet has no dot and no colon, so base64 cannot climb; but `/etc////…/passwd` is made of
 * it, too. Of the pictures people send only a JPEG begins with a slash, always as `/9j/`; everything
 * else that does is a path. (An MP3 without its ID3 tag begins as `//usr/` and `//tmp/` do: it has
 * to come as a data URI.)
 */
export function inputTextKind(text: string): InputTextKind {
  const beginning = text.slice(0, LONGEST_LOOK);
  if (/^https?:\/\//i.test(beginning)) return 'url';
  if (/^data:/i.test(beginning)) return 'data-uri';
  if (text.length < SHORTEST_BASE64 || /^[\r\n]*\/(?!9j\/)/.test(beginning)) return 'name';
  return BASE64.test(beginning) ? 'base64' : 'name';
}

/** Whether a text in a file input is the file itself, or where to get it, and not its name. */
export function looksLikeInlineContent(text: string): boolean {
  return inputTextKind(text) !== 'name';
}

const SHORTEST_BASE64 = 64;
const LONGEST_LOOK = 4096;

/** Of both alphabets, with the line breaks of MIME. */
const BASE64 = /^[A-Za-z0-9+/_\-\r\n]+(?:={1,2}[\r\n]*)?$/;
