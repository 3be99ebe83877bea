import type { JsonValue } from './json';
import { pythonTypeName, raised, type PythonResult } from './python-values';

/** Python's `left < right` or `left > right`; values of kinds that have no order raise `TypeError`. */
export function pythonCompare(
  left: JsonValue,
  operator: '<' | '>',
  right: JsonValue,
): PythonResult<boolean> {
  const a = ordered(left);
  const b = ordered(right);
  if (a === undefined || b === undefined || (typeof a === 'string') !== (typeof b === 'string')) {
    return raised(
      'TypeError',
      `'${operator}' not supported between instances of '${pythonTypeName(left)}' and '${pythonTypeName(right)}'`,
    );
  }
  return { outcome: 'value', value: operator === '<' ? a < b : a > b };
}

/** Python's `left == right`: `1 == 1.0 == True`, containers by content. */
export function pythonEquals(left: JsonValue, right: JsonValue): boolean {
  if (left === right) return true;
  if (typeof left === 'object' || typeof right === 'object') return equalContainers(left, right);
  const a = ordered(left);
  const b = ordered(right);
  if (a === undefined || b === undefined || typeof a === 'string' || typeof b === 'string') {
    return false;
  }
  return a >= b && a <= b;
}

/** Booleans are integers in Python. */
function ordered(value: JsonValue): string | number | bigint | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'object' ? undefined : value;
}

function equalContainers(left: JsonValue, right: JsonValue): boolean {
  if (left === null || right === null) return false;
  if (typeof left !== 'object' || typeof right !== 'object') return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const a = new Map(Object.entries(left));
  const b = Object.entries(right);
  return (
    a.size === b.length &&
    b.every(([key, item]) => {
      const other = a.get(key);
      return other !== undefined && pythonEquals(other, item);
    })
  );
}
