import { z } from 'zod';

import { withDefault } from './author-default';
import { multipleOf, wholeNumber, type CheckParams } from './whole-number';
import { withZod4Errors } from './zod3-errors';

type Method = (...args: unknown[]) => unknown;

/**
 * Gives a schema, and every schema that is made from it, the methods authors may use: Zod 4's own,
 * and Zod 3's spellings. The schema stays the host's kind: only methods are laid over it.
 */
export class AuthorSchemas {
  private readonly prototypes = new WeakMap<object, object>();
  private readonly ours = new WeakSet();

  /** `value` itself; with the methods, if it is a schema. */
  adopt<T>(value: T): T {
    if (!isSchema(value)) return value;
    const own: object = Object.getPrototypeOf(value) as object;
    if (this.ours.has(own)) return value;
    for (const name of OWN_METHODS) this.wrap(value, name);
    Object.setPrototypeOf(value, this.prototypeOver(own, value._zod.def.type));
    return value;
  }

  private prototypeOver(original: object, type: string): object {
    const known = this.prototypes.get(original);
    if (known) return known;
    const prototype = Object.create(original) as object;
    for (const name of methodNames(original)) this.define(prototype, name, original);
    for (const spelling of [EVERYWHERE, SPELLINGS[type] ?? {}]) {
      for (const [name, make] of Object.entries(spelling)) this.spell(prototype, name, make);
    }
    this.prototypes.set(original, prototype);
    this.ours.add(prototype);
    return prototype;
  }

  /** Zod binds a method to its schema when it is first read; ours do so too. */
  private define(prototype: object, name: string, original: object): void {
    const wrapped = (value: unknown) => this.adopting(value);
    Object.defineProperty(prototype, name, {
      configurable: true,
      get(this: object): unknown {
        const value: unknown = Reflect.get(original, name, this);
        return typeof value === 'function' ? keep(this, name, wrapped(value)) : value;
      },
      set(this: object, value: unknown) {
        keep(this, name, value);
      },
    });
  }

  private spell(prototype: object, name: string, make: Spelling): void {
    const wrapped = (value: unknown) => this.adopting(value);
    Object.defineProperty(prototype, name, {
      configurable: true,
      get(this: z.ZodType): unknown {
        return keep(this, name, wrapped(make(this)));
      },
      set(this: object, value: unknown) {
        keep(this, name, value);
      },
    });
  }

  private wrap(schema: object, name: string): void {
    const value = (schema as Record<string, unknown>)[name];
    if (Object.hasOwn(schema, name) && typeof value === 'function') {
      keep(schema, name, this.adopting(value));
    }
  }

  private adopting(method: unknown): Method {
    return (...args) => this.adopt((method as Method)(...args.map(withZod4Errors)));
  }
}

/** Methods that some schemas carry themselves. */
const OWN_METHODS = ['unwrap', 'removeDefault', 'extract', 'exclude', 'input', 'output'];

function keep(schema: object, name: string, value: unknown): unknown {
  Object.defineProperty(schema, name, {
    value,
    configurable: true,
    writable: true,
    enumerable: false,
  });
  return value;
}

function isSchema(value: unknown): value is z.ZodType {
  return value instanceof z.ZodType;
}

function methodNames(prototype: object): Set<string> {
  const names = new Set<string>();
  for (
    let level: object | null = prototype;
    level && level !== Object.prototype;
    level = Object.getPrototypeOf(level) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(level)) names.add(name);
  }
  for (const name of LEFT_ALONE) names.delete(name);
  return names;
}

/** Not ways to make a schema from a schema. */
const LEFT_ALONE = [
  'constructor',
  '~standard',
  '_def',
  'description',
  ...['parse', 'safeParse', 'validate', 'encode', 'decode', 'safeEncode', 'safeDecode'].flatMap(
    (name) => [name, `${name}Async`],
  ),
  'spa',
  'toJSONSchema',
  'isOptional',
  'isNullable',
];

/** Makes the method that a schema gets under a name. */
type Spelling = (schema: z.ZodType) => Method;

const EVERYWHERE: Readonly<Record<string, Spelling>> = {
  default: (schema) => (value) => withDefault(schema, value),
  /** Of what `transform` and `refine` made; the latter makes nothing new any more. */
  innerType: (schema) => () => (schema instanceof z.ZodPipe ? schema.in : schema),
  /** Zod 3 takes a function for the message. */
  refine: (schema) => (check, message) =>
    schema.check(
      z.refine<unknown>(
        check as (value: unknown) => boolean,
        typeof message === 'function'
          ? { error: (issue) => (message as MessageOf)(issue.input).message }
          : (message as string),
      ),
    ),
};

type MessageOf = (value: unknown) => { readonly message?: string };

const SPELLINGS: Readonly<Record<string, Readonly<Record<string, Spelling>>>> = {
  number: {
    int: (schema) => (params) => schema.check(wholeNumber(params as CheckParams)),
    multipleOf: divisible,
    step: divisible,
  },
  string: {
    ip: textThat('IP address', { v4: z.ipv4(), v6: z.ipv6() }),
    cidr: textThat('CIDR', { v4: z.cidrv4(), v6: z.cidrv6() }),
  },
  object: {
    deepPartial: (schema) => () => z.deepPartial(schema),
    nonstrict: (schema) => () => (schema as z.ZodObject).loose(),
    augment: (schema) => (shape) => (schema as z.ZodObject).extend(shape as z.ZodRawShape),
  },
  function: {
    args:
      (schema) =>
      (...items) =>
        callable(schema).input(items),
    returns: (schema) => (output) => callable(schema).output(output),
  },
};

/** The part of `ZodFunction` that is used here; its own type depends on its arguments. */
interface Callable {
  input(items: readonly unknown[]): unknown;
  output(output: unknown): unknown;
}

function callable(schema: z.ZodType): Callable {
  return schema as z.ZodType & Callable;
}

function divisible(schema: z.ZodType): Method {
  return (divisor, params) => schema.check(multipleOf(divisor as number, params as CheckParams));
}

function textThat(what: string, versions: { readonly v4: z.ZodType; readonly v6: z.ZodType }) {
  return (schema: z.ZodType): Method =>
    (options) => {
      const { version, message } =
        typeof options === 'string' ? { message: options } : asked(options);
      const accepted = version ? [versions[version]] : Object.values(versions);
      return schema.refine(
        (text) => accepted.some((one) => one.safeParse(text).success),
        message ?? `Invalid ${what}`,
      );
    };
}

function asked(options: unknown): { readonly version?: 'v4' | 'v6'; readonly message?: string } {
  return options ?? {};
}
