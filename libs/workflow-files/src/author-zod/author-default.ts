import { z } from 'zod';

import { shownJson } from '../shown-json';

interface AuthorDefaultDef extends z.core.$ZodDefaultDef {
  /** The author gave a function: each request gets its own value, and the document shows none. */
  readonly computed: boolean;
}

/**
 * `.default()` as Zod 3 reads it: the default passes through the schema, so that `{}` for an object
 * is filled in with the defaults of its fields. One that the schema refuses is taken as it is, as Zod
 * 4 does.
 */
export function withDefault(innerType: z.core.$ZodType, value: unknown): z.ZodDefault {
  return new AuthorDefault({
    type: 'default',
    innerType,
    computed: typeof value === 'function',
    get defaultValue(): unknown {
      return typeof value === 'function'
        ? (value as () => unknown)()
        : (z.core.util.shallowClone(value) as unknown);
    },
  });
}

const AuthorDefault = z.core.$constructor<z.ZodDefault, AuthorDefaultDef>(
  'AuthorDefault',
  (schema, def) => {
    z.ZodDefault.init(schema, def);
    const { innerType } = def;
    const parse = schema._zod.parse.bind(schema._zod);
    schema._zod.parse = (payload, context) => {
      if (payload.value !== undefined || context.direction === 'backward') {
        return parse(payload, context);
      }
      const value: unknown = def.defaultValue;
      const settle = (tried: z.core.ParsePayload) => {
        payload.value = tried.issues.length === 0 ? tried.value : value;
        // No default after all: `.default(config.warmupCkpt)` where there is no such checkpoint.
        if (value === undefined) payload.issues.push(...tried.issues);
        return payload;
      };
      const tried = innerType._zod.run({ value, issues: [] }, context);
      return tried instanceof Promise ? tried.then(settle) : settle(tried);
    };
    schema._zod.processJSONSchema = (context, json, params) => {
      z.core.process(innerType, context, params);
      const seen = context.seen.get(schema);
      if (seen) seen.ref = innerType;
      // `_prefault` is how Zod marks a default that belongs to the input.
      if (!def.computed) (json as { _prefault?: unknown })._prefault = shownJson(def.defaultValue);
    };
  },
);
