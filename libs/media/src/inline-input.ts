import sharp from 'sharp';

import { UnreadableInputError } from './media.errors';

/** How a string in a file input is meant. */
export type InputValueKind = 'name' | 'data-uri' | 'base64' | 'url';

/** Shorter texts of base64's alphabet are more likely names. */
const SHORTEST_BASE64 = 64;
const PROBE_LENGTH = 4096;

/** Tells a file name from inline bytes and from an address. Looks at the beginning only. */
export function classifyInputValue(value: string): InputValueKind {
  if (/^https?:\/\//i.test(value)) return 'url';
  if (/^data:/i.test(value)) return 'data-uri';
  const probe = value.slice(0, PROBE_LENGTH);
  return value.length >= SHORTEST_BASE64 && /^[A-Za-z0-9+/_\-\r\n]+={0,2}\s*$/.test(probe)
    ? 'base64'
    : 'name';
}

/** Bytes with the extension that fits them. */
export interface InlineImage {
  readonly bytes: Buffer;
  readonly extension: string;
}

/**
 * Decodes a base64 text or a data URI that must be a picture. The type is read from the bytes, never
 * from what the data URI claims.
 *
 * @throws UnreadableInputError (`input.unreadable`).
 */
export async function decodeInlineImage(value: string): Promise<InlineImage> {
  const bytes = Buffer.from(base64Of(value), 'base64');
  if (bytes.length === 0) throw new UnreadableInputError('it holds no base64 data');
  try {
    const { format } = await sharp(bytes).metadata();
    return { bytes, extension: format === 'jpeg' ? 'jpg' : format };
  } catch (error) {
    throw new UnreadableInputError('its bytes are not a picture in a known format', error);
  }
}

function base64Of(value: string): string {
  if (!/^data:/i.test(value)) return value;
  const comma = value.indexOf(',');
  if (comma < 0 || !/;base64$/i.test(value.slice(0, comma))) {
    throw new UnreadableInputError('only base64 data URIs are understood');
  }
  return value.slice(comma + 1);
}
