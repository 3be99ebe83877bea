/**
 * Whether a text in a file input is the file itself (a data URI, an address, or base64) and not the
 * name of one. A short text of base64's alphabet is more likely a name.
 *
 * That alphabet has no dot and no colon, so base64 cannot climb; but `/etc////…/passwd` is made of
 * it, too. Of the pictures people send only a JPEG begins with a slash, always as `/9j/`; everything
 * else that does is a path. (An MP3 without its ID3 tag begins as `//usr/` and `//tmp/` do: it has
 * to come as a data URI.)
 */
export function looksLikeInlineContent(text: string): boolean {
  if (/^(?:data:|https?:\/\/)/i.test(text)) return true;
  return text.length >= SHORTEST_BASE64 && BASE64.test(text) && !/^[\r\n]*\/(?!9j\/)/.test(text);
}

const SHORTEST_BASE64 = 64;

/** Of both alphabets, with the line breaks of MIME. */
const BASE64 = /^[A-Za-z0-9+/_\-\r\n]+(?:={1,2}[\r\n]*)?$/;
