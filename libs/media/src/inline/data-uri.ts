import { UnreadableInputError } from '../media.errors';

/** The parts of a data URI; its data stays in the text. */
export interface DataUri {
  readonly base64: boolean;
  /** Where its data begins in the text. */
  readonly dataAt: number;
}

/** The MIME type a data URI declares, in small letters; nothing for other texts. */
export function declaredTypeOf(value: string): string | undefined {
  return /^data:([\w.+-]+\/[\w.+-]+)[;,]/i.exec(value.slice(0, LONGEST_TYPE))?.[1]?.toLowerCase();
}

/**
 * Reads the head of a data URI (RFC 2397); nothing for a text that is none.
 *
 * @throws UnreadableInputError (`input.unreadable`) when the URI ends in its head.
 */
export function readDataUri(value: string): DataUri | undefined {
  if (!/^data:/i.test(value.slice(0, 5))) return undefined;
  const comma = value.indexOf(',');
  if (comma < 0) throw new UnreadableInputError('its data URI has no comma before the data');
  // Only the end matters, and what has no comma for long is no head anyone meant.
  const end = value.slice(Math.max(0, comma - 16), comma);
  return { base64: /; *base64$/i.test(end), dataAt: comma + 1 };
}

const LONGEST_TYPE = 256;
