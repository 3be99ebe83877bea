import { stringify as stringifyLossless } from 'lossless-json';

import { isPlainJson, rewritePythonJson } from './python-json';

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
 * Parses JSON as ComfyUI writes it: integers beyond 2^53 survive as `bigint`, and Python's bare
 * `NaN`, `Infinity` and `-Infinity` are read as `null`. A `__proto__` key is a key like any other.
 *
 * @throws SyntaxError when the text is not JSON even so, nests deeper than 1000 levels, or holds an
 * integer of more than 4300 digits: Python reads neither of those.
 */
export function parseJson(text: string): JsonValue {
  const rewritten = isPlainJson(text) ? undefined : rewritePythonJson(text);
  if (rewritten === undefined) return JSON.parse(text) as JsonValue;
  return JSON.parse(rewritten.text, (_key, value: JsonValue) =>
    typeof value === 'string' && value.startsWith(rewritten.integerMark)
      ? BigInt(value.slice(rewritten.integerMark.length))
      : value,
  ) as JsonValue;
}

/**
 * Parses what a stranger sent, as {@link parseJson} does, but refuses a `__proto__` key at any depth,
 * however it is spelt. Schemas that copy objects drop such a key, and what is below it, silently.
 *
 * @throws SyntaxError for the same reasons as `parseJson`, and for such a key.
 */
export function parseRequestJson(text: string): JsonValue {
  const value = parseJson(text);
  const mayHoldKey = /__proto__|\\u00/i.test(text);
  if (mayHoldKey && holdsPrototypeKey(value)) {
    throw new SyntaxError('JSON holds the key "__proto__"');
  }
  return value;
}

/** Keeps its own stack: `JSON.parse` reads deeper texts than a function may recurse. */
function holdsPrototypeKey(value: JsonValue): boolean {
  const pending: JsonValue[] = [value];
  for (let next; (next = pending.pop()) !== undefined;) {
    if (typeof next !== 'object' || next === null) continue;
    if (Object.hasOwn(next, '__proto__')) return true;
    for (const item of Object.values<JsonValue>(next)) pending.push(item);
  }
  return false;
}

/** Writes JSON, `bigint` included. The inverse of {@link parseJson}; `undefined` is `null`. */
export function stringifyJson(value: unknown): string {
  try {
    return value === undefined ? 'null' : JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return stringifyLossless(value) ?? 'null';
  }
}
