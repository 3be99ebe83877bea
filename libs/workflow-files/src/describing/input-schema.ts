import { z } from 'zod';

import { messageOf } from '../loading/load-failure';
import { shownJson } from '../shown-json';

/** A JSON Schema, or OpenAPI 3.0's dialect of it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type Dialect = 'draft-2020-12' | 'openapi-3.0';

/**
 * The schema of a workflow's input as of now: enums list what there is at this moment. What JSON
 * Schema cannot say is left open, and so is the whole of a schema that cannot be rendered.
 */
export function inputSchema(schema: z.ZodType, dialect: Dialect): JsonSchema {
  try {
    const rendered = z.toJSONSchema(schema, {
      target: dialect,
      io: 'input',
      unrepresentable: ({ zodSchema }) => SUBSTITUTES[zodSchema._zod.def.type] ?? 'any',
      override: ({ zodSchema, jsonSchema }) => {
        if (isUnsteady(zodSchema)) delete jsonSchema.default;
        if (isEmptyEnum(zodSchema)) anyString(jsonSchema);
        if (dialect === 'openapi-3.0') oneExample(jsonSchema);
      },
    });
    delete rendered.$schema;
    return shownJson(rendered);
  } catch (thrown) {
    return { description: `This schema cannot be shown: ${messageOf(thrown)}` };
  }
}

/** What such values are in JSON. */
const SUBSTITUTES: Readonly<Record<string, z.core.JSONSchema.BaseSchema>> = {
  bigint: { type: 'integer' },
  date: { type: 'string', format: 'date-time' },
};

/** A default by function that did not come through the authors' Zod: from a package, say. */
function isUnsteady(schema: z.core.$ZodType): boolean {
  const { def } = schema._zod;
  if (def.type !== 'default' && def.type !== 'prefault') return false;
  if ('computed' in def) return def.computed === true;
  const read = (): unknown => (def as z.core.$ZodDefaultDef).defaultValue;
  return !Object.is(read(), read()) && typeof read() !== 'object';
}

function isEmptyEnum({ _zod: { def } }: z.core.$ZodType): boolean {
  return def.type === 'enum' && Object.keys((def as z.core.$ZodEnumDef).entries).length === 0;
}

/**
 * For models of a kind that nobody has: one may come. Zod writes `enum: []`, which is no schema, or since
 * 4.6 `not: {}`, which no value fits.
 */
function anyString(schema: z.core.JSONSchema.BaseSchema): void {
  delete schema.enum;
  delete schema.not;
  schema.type = 'string';
}

/** OpenAPI 3.0 knows one example for a schema. */
function oneExample(schema: { examples?: unknown; example?: unknown }): void {
  if (!Array.isArray(schema.examples)) return;
  schema.example ??= schema.examples[0];
  delete schema.examples;
}
