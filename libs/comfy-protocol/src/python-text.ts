import type { JsonValue } from './json';

/** Python's `str(value)` of a JSON value, as it stands in ComfyUI's error texts. */
export function pythonStr(value: JsonValue): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}

/** Python's `repr(value)` of a JSON value: `['a', 'b']`, `{'a': None}`, `True`. */
export function pythonRepr(value: JsonValue): string {
  if (value === null) return 'None';
  switch (typeof value) {
    case 'string':
      return reprString(value);
    case 'boolean':
      return value ? 'True' : 'False';
    case 'bigint':
      return value.toString();
    case 'number':
      return isPythonInt(value) ? String(value) : pythonFloatStr(value);
    default:
      return reprContainer(value);
  }
}

/** Python's text of a float: `1.0`, `1e+16`, `1e-05`, `nan`, `inf`. */
export function pythonFloatStr(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  // Both languages write the shortest digits that read back; only the notation differs.
  if (exponent < -4 || exponent >= 16) {
    const digits = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
  }
  const negative = mantissa.startsWith('-');
  const text = placePoint(mantissa.replace(/[-.]/g, ''), exponent);
  return negative ? `-${text}` : text;
}

/**
 * Whether Python's JSON reader would have made an `int` of this number. `1.0` is lost to us (it
 * arrives as `1`); integers beyond 2^53 arrive as bigint, so such a number was written as a float.
 */
export function isPythonInt(value: number): boolean {
  return Number.isSafeInteger(value);
}

function placePoint(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${whole}.${digits.slice(exponent + 1) || '0'}`;
}

function reprContainer(
  value: readonly JsonValue[] | { readonly [key: string]: JsonValue },
): string {
  if (isList(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  const items = Object.entries(value).map(
    ([key, item]) => `${reprString(key)}: ${pythonRepr(item)}`,
  );
  return `{${items.join(', ')}}`;
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(NEEDS_ESCAPE, (char) => escapeChar(char, quote));
  return `${quote}${body}${quote}`;
}

/** Quotes, backslashes and what Python's `str.isprintable` refuses. */
const NEEDS_ESCAPE = /[\\'"]|(?! )[\p{C}\p{Z}]/gu;

function escapeChar(char: string, quote: string): string {
  switch (char) {
    case '\\':
      return '\\\\';
    case "'":
    case '"':
      return char === quote ? `\\${char}` : char;
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    default:
      return escapeCodePoint(char.codePointAt(0) ?? 0);
  }
}

function escapeCodePoint(code: number): string {
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
