import type { JsonValue } from './json';
import { isPythonInt, pythonRepr } from './python-text';

/** An exception as ComfyUI reports it: the class's name and `str(exception)`. */
export interface PythonException {
  readonly type:
    'AttributeError' | 'IndexError' | 'KeyError' | 'OverflowError' | 'TypeError' | 'ValueError';
  readonly text: string;
}

/** What a Python expression came to. */
export type PythonResult<T> =
  | { readonly outcome: 'value'; readonly value: T }
  | { readonly outcome: 'raised'; readonly exception: PythonException };

/** Python's `int(value)`: numbers are cut towards zero, texts must hold an integer. */
export function pythonInt(value: JsonValue): PythonResult<number | bigint> {
  switch (typeof value) {
    case 'bigint':
      return returned(compact(value));
    case 'boolean':
      return returned(value ? 1 : 0);
    case 'number':
      return truncate(value);
    case 'string':
      return parseInteger(value);
    default:
      return raised(
        'TypeError',
        `int() argument must be a string, a bytes-like object or a real number, not '${pythonTypeName(value)}'`,
      );
  }
}

/** Python's `float(value)`. */
export function pythonFloat(value: JsonValue): PythonResult<number> {
  switch (typeof value) {
    case 'bigint': {
      const float = Number(value);
      return Number.isFinite(float)
        ? returned(float)
        : raised('OverflowError', 'int too large to convert to float');
    }
    case 'boolean':
      return returned(value ? 1 : 0);
    case 'number':
      return returned(value);
    case 'string':
      return parseFloatingPoint(value);
    default:
      return raised(
        'TypeError',
        `float() argument must be a string or a real number, not '${pythonTypeName(value)}'`,
      );
  }
}

/** Python's `bool(value)`: `"false"` is true, empty texts and containers are false. */
export function pythonBool(value: JsonValue): boolean {
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** `type(value).__name__` of what Python's JSON reader makes of this value. */
export function pythonTypeName(value: JsonValue): string {
  if (value === null) return 'NoneType';
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return isPythonInt(value) ? 'int' : 'float';
    default:
      return Array.isArray(value) ? 'list' : 'dict';
  }
}

/** A {@link PythonResult} that is an exception. */
export function raised(
  type: PythonException['type'],
  text: string,
): { readonly outcome: 'raised'; readonly exception: PythonException } {
  return { outcome: 'raised', exception: { type, text } };
}

function returned<T>(value: T): PythonResult<T> {
  return { outcome: 'value', value };
}

function truncate(value: number): PythonResult<number | bigint> {
  if (Number.isNaN(value)) return raised('ValueError', 'cannot convert float NaN to integer');
  if (!Number.isFinite(value)) {
    return raised('OverflowError', 'cannot convert float infinity to integer');
  }
  return returned(compact(BigInt(Math.trunc(value))));
}

function parseInteger(text: string): PythonResult<number | bigint> {
  const digits = numeral(text, NO_INTEGER);
  if (digits === undefined) {
    return raised('ValueError', `invalid literal for int() with base 10: ${pythonRepr(text)}`);
  }
  const count = digits.replace(/^[+-]/, '').length;
  if (count > MAX_DIGITS) {
    return raised(
      'ValueError',
      `Exceeds the limit (${MAX_DIGITS} digits) for integer string conversion: value has ${count} digits; use sys.set_int_max_str_digits() to increase the limit`,
    );
  }
  return returned(
    compact(digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits.replace('+', ''))),
  );
}

function parseFloatingPoint(text: string): PythonResult<number> {
  const number = Number(numeral(text, NO_FLOAT));
  if (!Number.isNaN(number)) return returned(number);
  const special = SPECIAL_FLOAT.exec(text);
  if (special === null) {
    return raised('ValueError', `could not convert string to float: ${pythonRepr(text)}`);
  }
  if (special[2]?.toLowerCase() === 'nan') return returned(NaN);
  return returned(special[1] === '-' ? -Infinity : Infinity);
}

/** `text` without its spaces and the underscores between its digits; none if it shows `flaw`. */
function numeral(text: string, flaw: RegExp): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || flaw.test(trimmed) || STRAY_UNDERSCORE.test(trimmed)) return undefined;
  return trimmed.replaceAll('_', '');
}

/** Small integers as numbers, so that they compare and print as JSON numbers do. */
function compact(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** `sys.get_int_max_str_digits()`, since Python 3.11: a guard against quadratic conversions. */
const MAX_DIGITS = 4300;

// Python also takes the digits of other scripts; nobody writes a seed in those.
// Each looks for one flaw, never for the whole: a text of megabytes leaves nothing to backtrack.
const NO_INTEGER = /[^\d_+-]|(?!^)[+-]|[+-]$/;
const NO_FLOAT = /[^\d_.eE+-]/;
const STRAY_UNDERSCORE = /(?<!\d)_|_(?!\d)/;
const SPECIAL_FLOAT = /^\s*([+-]?)(inf(?:inity)?|nan)\s*$/i;
