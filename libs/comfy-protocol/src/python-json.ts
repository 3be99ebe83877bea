import { randomUUID } from 'node:crypto';

/** A text that JavaScript can parse without loss, and how its long integers are told from texts. */
export interface RewrittenJson {
  readonly text: string;
  /** Stands before the digits of each long integer, which has become a string. */
  readonly integerMark: string;
}

/**
 * Turns what JavaScript would misread into what it reads: long integers into marked strings, `NaN`
 * and its like into `null`. `undefined` when there is nothing to turn, which is nearly always.
 *
 * A request may carry 90 MB of base64, so strings are skipped by searching for their end, and the
 * engine's own parser does the rest. (lossless-json builds strings a character at a time, refuses
 * keys that occur twice, and overflows the stack on deep texts.)
 *
 * @throws SyntaxError on what Python's reader would not take either: see `parseJson`.
 */
export function rewritePythonJson(text: string): RewrittenJson | undefined {
  // A client could write a fixed mark itself and have its string taken for an integer.
  let integerMark = '';
  const pieces: string[] = [];
  let copied = 0;
  for (const token of foreignTokens(text)) {
    if (integerMark === '') integerMark = `${randomUUID()}:`;
    const replacement = token.isInteger ? `"${integerMark}${token.text}"` : 'null';
    pieces.push(text.slice(copied, token.start), replacement);
    copied = token.start + token.text.length;
  }
  if (integerMark === '') return undefined;
  pieces.push(text.slice(copied));
  return { text: pieces.join(''), integerMark };
}

/** Whether a glance shows that there is nothing to turn, nor to refuse. `false`: it may be either. */
export function isPlainJson(text: string): boolean {
  if (text.length > LONGEST_GLANCE || /\d{16}|NaN|Infinity/.test(text)) return false;
  return countUpTo(text, '{', MAX_DEPTH) + countUpTo(text, '[', MAX_DEPTH) <= MAX_DEPTH;
}

function countUpTo(text: string, character: string, most: number): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1 && count <= most; count += 1) {
    at = text.indexOf(character, at + 1);
  }
  return count;
}

/** Skipping strings is faster than looking into long ones. */
const LONGEST_GLANCE = 256 * 1024;

interface ForeignToken {
  readonly start: number;
  readonly text: string;
  readonly isInteger: boolean;
}

/** Tokens outside strings that `JSON.parse` would refuse or round. */
function* foreignTokens(text: string): Generator<ForeignToken> {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
    } else if (code === OPENING_BRACE || code === OPENING_BRACKET) {
      depth += 1;
      if (depth > MAX_DEPTH) throw new SyntaxError(`JSON nests deeper than ${MAX_DEPTH} levels`);
    } else if (code === CLOSING_BRACE || code === CLOSING_BRACKET) {
      depth -= 1;
    } else if (code === MINUS || code === CAPITAL_I || code === CAPITAL_N || isDigit(code)) {
      const token = tokenAt(text, i);
      if (token.text === '') continue;
      if (isForeign(token) && !isKey(text, token)) yield token;
      i += token.text.length - 1;
    }
  }
}

/** Position of the closing quote; the text's length when there is none. */
function endOfString(text: string, opening: number): number {
  for (let from = opening + 1; ;) {
    const end = text.indexOf('"', from);
    if (end === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
    from = end + 1;
  }
}

function tokenAt(text: string, start: number): ForeignToken {
  const name = PYTHON_NUMBERS.find((candidate) => text.startsWith(candidate, start));
  if (name !== undefined) return { start, text: name, isInteger: false };
  let end = start;
  while (isNumberPart(text.charCodeAt(end))) end += 1;
  return { start, text: text.slice(start, end), isInteger: true };
}

/** A long number that is a float (`1234567890123456.5`) is JavaScript's business. */
function isForeign({ text, isInteger }: ForeignToken): boolean {
  if (!isInteger) return true;
  if (text.length < 16 || !/^-?[1-9]\d+$/.test(text)) return false;
  if (text.length > MAX_DIGITS) {
    throw new SyntaxError(`JSON holds an integer of more than ${MAX_DIGITS} digits`);
  }
  return !Number.isSafeInteger(Number(text));
}

/** `{12345678901234567890: 1}` must stay the nonsense that it is. */
function isKey(text: string, { start, text: token }: ForeignToken): boolean {
  let next = start + token.length;
  while (isSpace(text.charCodeAt(next))) next += 1;
  return text.charCodeAt(next) === COLON;
}

function isNumberPart(code: number): boolean {
  return isDigit(code) || code === MINUS || NUMBER_SIGNS.has(code);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

const PYTHON_NUMBERS = ['NaN', 'Infinity', '-Infinity'];
const NUMBER_SIGNS: ReadonlySet<number> = new Set([0x2b, 0x2e, 0x45, 0x65]);
const [QUOTE, BACKSLASH, COLON, MINUS] = [0x22, 0x5c, 0x3a, 0x2d];
const [OPENING_BRACE, CLOSING_BRACE, OPENING_BRACKET, CLOSING_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
const [CAPITAL_I, CAPITAL_N] = [0x49, 0x4e];

/** Python's reader recurses and gives up at about this depth; so would `JSON.stringify` later. */
const MAX_DEPTH = 1000;
const MAX_DIGITS = 4300;
