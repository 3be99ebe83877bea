import { stringifyJson, type JsonValue } from '@gateway/comfy-protocol';

/** JSON as Python's `json.dumps` writes it: spaces after separators, ASCII only. */
export function pythonJson(value: JsonValue): string {
  if (Array.isArray(value)) {
    return `[${(value as readonly JsonValue[]).map(pythonJson).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(
      ([key, item]) => `${ascii(key)}: ${pythonJson(item)}`,
    );
    return `{${entries.join(', ')}}`;
  }
  return typeof value === 'string' ? ascii(value) : stringifyJson(value);
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
