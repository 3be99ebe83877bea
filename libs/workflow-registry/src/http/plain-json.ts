import type { JsonValue } from '@gateway/comfy-protocol';

/**
 * A value that an author's code made, as it would be in JSON, with `bigint` kept. What JSON has no
 * word for is dropped from objects and `null` in arrays, as in `JSON.stringify`.
 *
 * @throws TypeError for a value that holds itself.
 */
export function plainJson(value: unknown): JsonValue {
  return convert(value, '', []) ?? null;
}

function convert(value: unknown, key: string, holders: readonly object[]): JsonValue | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'object':
      return value === null ? null : convertObject(value, key, holders);
    default:
      return undefined;
  }
}

function convertObject(
  value: object,
  key: string,
  holders: readonly object[],
): JsonValue | undefined {
  if (holders.includes(value)) throw new TypeError(`"${key}" holds itself`);
  const inside = [...holders, value];
  if (isWriter(value)) return convert(value.toJSON(key), key, inside);
  if (Array.isArray(value)) {
    return value.map((item, index) => convert(item, String(index), inside) ?? null);
  }
  const entries = Object.entries(value).flatMap(([name, member]) => {
    const converted = convert(member, name, inside);
    return converted === undefined ? [] : [[name, converted] as const];
  });
  return Object.fromEntries(entries);
}

function isWriter(value: object): value is { toJSON(key: string): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}
