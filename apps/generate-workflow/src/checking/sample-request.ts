import { z } from 'zod';

/**
 * A request that says only what must be said: the file's own example where it has one, made-up values
 * elsewhere.
 */
export function sampleRequest(
  schema: z.ZodType,
  examples: Readonly<Record<string, unknown>> | undefined,
): unknown {
  const example = Object.values(examples ?? {})[0];
  if (example !== undefined) return example;
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const properties = json.properties ?? {};
  return Object.fromEntries(
    (json.required ?? []).map((name) => [name, sampleValue(properties[name])]),
  );
}

function sampleValue(schema: z.core.JSONSchema._JSONSchema | undefined): unknown {
  if (typeof schema !== 'object') return 'example';
  if (schema.enum && schema.enum.length > 0) return schema.enum[0];
  switch (schema.type) {
    case 'number':
    case 'integer':
      return schema.minimum ?? schema.maximum ?? schema.multipleOf ?? 1;
    case 'boolean':
      return true;
    case 'array':
      return [sampleValue(Array.isArray(schema.items) ? undefined : schema.items)];
    default:
      return 'example'.padEnd(schema.minLength ?? 0, '.');
  }
}
