import type { JsonSchema } from '@gateway/workflow-files';

/**
 * An input to begin with, where the author gave none: every default, and something of the right type
 * for what is required. `undefined` for an input that is no object.
 */
export function inputExample(schema: JsonSchema): object | undefined {
  if (schema['type'] !== 'object') return undefined;
  const required = new Set(schema['required'] as readonly string[] | undefined);
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>);
  return Object.fromEntries(
    properties.flatMap(([name, property]) => {
      if ('default' in property) return [[name, property['default']]];
      return required.has(name) ? [[name, someValue(property)]] : [];
    }),
  );
}

function someValue(property: JsonSchema): unknown {
  const [given] = [property['examples'], property['enum']].flatMap((values) =>
    Array.isArray(values) ? (values as readonly unknown[]) : [],
  );
  if (given !== undefined) return given;
  switch (property['type']) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return property['minimum'] ?? 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    default:
      return {};
  }
}
