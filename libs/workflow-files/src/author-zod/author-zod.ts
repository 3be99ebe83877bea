import { z } from 'zod';

import { AuthorSchemas } from './author-schema';
import { withBigints } from './whole-number';
import { withZod4Errors } from './zod3-errors';

/** What workflow files are given for `zod`. */
export interface AuthorZod {
  /** The module, for `import { z }`, `import z`, `import * as z` and `require('zod').z`. */
  readonly module: Readonly<Record<string, unknown>>;
  /** Gives a schema of the host's the methods that authors may use. */
  adopt<T>(schema: T): T;
}

/**
 * The host's Zod 4 for workflow files, those written for Zod 3 included: a thin layer of methods over
 * the same schemas, so that everything else treats them as its own. What it changes:
 *
 * - numbers take whole numbers beyond 2^53 as `bigint`, and `int()` accepts them;
 * - `.default(x)` passes through the schema, as in Zod 3, and a function is never evaluated for the
 *   document;
 * - a key of `z.any()` or `z.unknown()` may be missing, and `z.record(z.enum(…), …)` may be partial;
 * - `required_error`, `invalid_type_error`, `errorMap`, `description` and a function as `refine`'s
 *   message are heard;
 * - `deepPartial`, `nonstrict`, `augment`, `ip`, `cidr`, `args`, `returns`, `innerType`, `ostring` and
 *   its kin exist;
 * - `setErrorMap` and `config` throw: they would change the messages of the whole gateway.
 */
export function authorZod(): AuthorZod {
  const schemas = new AuthorSchemas();
  const members = Object.fromEntries(
    Object.entries(z).map(([name, member]) => [name, authorMember(schemas, name, member)]),
  );
  const namespace: Record<string, unknown> = {
    ...members,
    ...spellings(schemas),
    coerce: coercions(schemas),
    iso: factories(schemas, z.iso),
  };
  const module: Record<string, unknown> = { ...namespace, z: namespace, default: namespace };
  namespace['z'] = namespace;
  Object.defineProperty(module, '__esModule', { value: true });
  Object.freeze(namespace);
  return { module: Object.freeze(module), adopt: (schema) => schemas.adopt(schema) };
}

type Factory = (...args: unknown[]) => unknown;

/** Classes and tables stay the host's; functions in small letters make schemas. */
function authorMember(schemas: AuthorSchemas, name: string, member: unknown): unknown {
  if (typeof member !== 'function' || !/^_?[a-z]/.test(name)) return member;
  return factory(schemas, name, member as Factory);
}

function factories(schemas: AuthorSchemas, table: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(table).map(([name, member]) => [name, authorMember(schemas, name, member)]),
  );
}

function factory(schemas: AuthorSchemas, name: string, make: Factory): Factory {
  return (...args) => {
    const options = optionsOf(name, args);
    const made = schemas.adopt(make(...args.map(withZod4Errors)));
    const described = isDescribed(options) && made instanceof z.ZodType;
    return described ? schemas.adopt(made.describe(options.description)) : made;
  };
}

/** The options come last; only a schema without parts has them first. */
function optionsOf(name: string, args: readonly unknown[]): unknown {
  return args.length > 1 || PARTLESS.has(name) ? args.at(-1) : undefined;
}

const PARTLESS: ReadonlySet<string> = new Set([
  ...['string', 'number', 'int', 'boolean', 'bigint', 'date', 'symbol', 'nan'],
  ...['any', 'unknown', 'never', 'null', 'undefined', 'void'],
]);

function isDescribed(options: unknown): options is { readonly description: string } {
  return (
    typeof options === 'object' &&
    options !== null &&
    !(options instanceof z.ZodType) &&
    typeof (options as { readonly description?: unknown }).description === 'string'
  );
}

function spellings(schemas: AuthorSchemas): Readonly<Record<string, Factory>> {
  const spelled = (name: string, make: Factory) => factory(schemas, name, make);
  const number = (params: unknown) => withBigints(z.number(params as string));
  return {
    number: spelled('number', number),
    int: spelled('int', (params) =>
      (schemas.adopt(number(undefined)) as { int: Factory }).int(params),
    ),
    multipleOf: spelled('multipleOf', z.multipleOf as Factory),
    any: spelled('any', anything),
    unknown: spelled('unknown', anything),
    ostring: spelled('string', (params) => z.string(params as string).optional()),
    onumber: spelled('number', (params) => number(params).optional()),
    oboolean: spelled('boolean', (params) => z.boolean(params as string).optional()),
    record: spelled('record', partialRecord as Factory),
    setErrorMap: refused('setErrorMap'),
    config: refused('config'),
  };
}

function coercions(schemas: AuthorSchemas): Readonly<Record<string, unknown>> {
  const number = (params: unknown) => withBigints(z.coerce.number(params as string));
  return { ...factories(schemas, z.coerce), number: factory(schemas, 'number', number) };
}

/** A key of this type may be missing, as in Zod 3. */
function anything(): z.ZodAny {
  return new AuthorAny(z.any()._zod.def);
}

const AuthorAny = z.core.$constructor<z.ZodAny, z.ZodAny['_zod']['def']>(
  'AuthorAny',
  (schema, def) => {
    z.ZodAny.init(schema, def);
    schema._zod.optin = 'optional';
    schema._zod.optout = 'optional';
  },
);

/** In Zod 4 a record of an enum must have every key. */
function partialRecord(key: z.core.$ZodRecordKey, value: z.ZodType, params?: string): z.ZodType {
  const record = z.record as Factory;
  return key instanceof z.ZodEnum
    ? z.partialRecord(key, value, params)
    : (record(...[key, value, params].filter((part) => part !== undefined)) as z.ZodType);
}

function refused(name: string): Factory {
  return () => {
    throw new Error(
      `z.${name}() would change the messages of every workflow; ` +
        'give `{ error: (issue) => … }` to the schema instead',
    );
  };
}
