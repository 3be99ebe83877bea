import { parse as parseLossless, stringify as stringifyLossless } from 'lossless-json';

/**
 * Any JSON value, with integers beyond 2^53 as `bigint`.
 *
 * ComfyUI seeds reach 18446744073709551615; JavaScript's own parser would round that to
 * 18446744073709552000, which ComfyUI refuses.
 */
export type JsonValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export type JsonObject = Readonly<Record<string, JsonValue>>;

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses JSON as ComfyUI writes it: 64-bit integers survive as `bigint`, and Python's bare
 * `NaN`, `Infinity` and `-Infinity` are read as `null`.
 *
 * Most texts hold neither and take the engine's own parser.
 *
 * @throws SyntaxError when the text is not JSON even so.
 */
export function parseJson(text: string): JsonValue {
  if (MAY_HOLD_LONG_INTEGER.test(text)) return parseExact(text);
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (!MAY_HOLD_PYTHON_NUMBER.test(text)) throw error;
    return parseExact(text);
  }
}

/** Writes JSON, `bigint` included. The inverse of {@link parseJson}. */
export function stringifyJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return stringifyLossless(value) ?? 'null';
  }
}

/** A value position followed by sixteen digits; may also match inside a string, which only costs time. */
const MAY_HOLD_LONG_INTEGER = /[:,[\s]-?\d{16}/;
const MAY_HOLD_PYTHON_NUMBER = /NaN|Infinity/;
const STRING_OR_PYTHON_NUMBER = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

function parseExact(text: string): JsonValue {
  const clean = MAY_HOLD_PYTHON_NUMBER.test(text)
    ? text.replace(STRING_OR_PYTHON_NUMBER, (match) => (match.startsWith('"') ? match : 'null'))
    : text;
  return parseLossless(clean, undefined, parseNumber) as JsonValue;
}

function parseNumber(text: string): number | bigint {
  const value = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}
