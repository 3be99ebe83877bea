import { z } from 'zod';

/** Where a {@link liveEnum} finds its values. */
export interface LiveValues {
  /** The values that are known now. */
  list(): readonly string[];
  /** Whether a value that is not listed is there all the same. */
  has?(value: string): boolean;
  /** Says that there are none, and of what. */
  readonly whenNone?: string;
}

type LiveEnumSchema = z.ZodEnum<Record<string, string>>;

/**
 * An enum whose values are looked up when it validates and when it is rendered, so that a model that
 * came later is accepted at once. It is a `ZodEnum` in every other way, and stays live through
 * `.optional()`, `.default()`, `.describe()` and the like.
 */
export function liveEnum(values: LiveValues): LiveEnumSchema {
  return new LiveEnum({
    type: 'enum',
    values,
    get entries() {
      return entriesOf(values.list());
    },
  });
}

interface LiveEnumDef extends z.core.$ZodEnumDef<Record<string, string>> {
  readonly values: LiveValues;
}

/** A constructor of its own, because Zod clones a schema by constructing it again. */
const LiveEnum = z.core.$constructor<LiveEnumSchema, LiveEnumDef>('LiveEnum', (schema, def) => {
  z.ZodEnum.init(schema, def);
  const { values } = def;
  Object.defineProperties(schema, {
    options: { get: () => [...values.list()], configurable: true },
    enum: { get: () => entriesOf(values.list()), configurable: true },
  });
  Object.defineProperty(schema._zod, 'values', {
    get: () => new Set(values.list()),
    configurable: true,
  });
  const listed = schema._zod.processJSONSchema;
  schema._zod.processJSONSchema = (context, json, params) => {
    if (values.list().length > 0) return listed?.(context, json, params);
    // An enum of nothing would be the schema that nothing fits, and soon there may be something.
    json.type = 'string';
    if (values.whenNone !== undefined) json.description = values.whenNone;
  };
  schema._zod.parse = (payload) => {
    const value: unknown = payload.value;
    if (typeof value === 'string' && isThere(values, value)) return payload;
    payload.issues.push({
      code: 'invalid_value',
      values: [...values.list()],
      input: value,
      inst: schema,
      ...(values.list().length === 0 && { message: values.whenNone }),
    });
    return payload;
  };
});

function isThere(values: LiveValues, value: string): boolean {
  return values.list().includes(value) || values.has?.(value) === true;
}

function entriesOf(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value) => [value, value]));
}
