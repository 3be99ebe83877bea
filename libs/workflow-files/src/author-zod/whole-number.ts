import { z } from 'zod';

/**
 * A number that also takes the `bigint` a whole number beyond 2^53 arrives as, and hands it on
 * unrounded: ComfyUI's seeds reach 2^64.
 */
export function withBigints(schema: z.ZodNumber): z.ZodNumber {
  return new AuthorNumber(schema._zod.def);
}

const AuthorNumber = z.core.$constructor<z.ZodNumber, z.core.$ZodNumberDef>(
  'AuthorNumber',
  (schema, def) => {
    z.ZodNumber.init(schema, def);
    const parseNumber = schema._zod.parse.bind(schema._zod);
    schema._zod.parse = (payload, context) =>
      typeof payload.value === 'bigint' ? payload : parseNumber(payload, context);
  },
);

/** Takes numbers; said to take anything, for it is handed to schemas whose type is not known. */
type NumberCheck = z.core.$ZodCheck<unknown>;

/** A message, or options with one. */
export type CheckParams =
  string | { readonly error?: string; readonly message?: string } | undefined;

/** `int()` without the bound of 2^53, which seeds exceed. */
export function wholeNumber(params: CheckParams): NumberCheck {
  return new WholeNumber({ check: 'whole_number', ...z.core.util.normalizeParams(params) });
}

const WholeNumber = z.core.$constructor<NumberCheck, z.core.$ZodCheckDef>(
  'WholeNumber',
  (check, def) => {
    z.core.$ZodCheck.init(check, def);
    check._zod.onattach.push((schema) => {
      schema._zod.bag['format'] = 'safeint';
    });
    check._zod.check = (payload) => {
      const input: unknown = payload.value;
      if (typeof input === 'bigint' || Number.isInteger(input)) return;
      payload.issues.push({
        code: 'invalid_type',
        expected: 'int',
        format: 'safeint',
        input,
        inst: check,
        continue: false,
      });
    };
  },
);

/** `multipleOf()` for numbers that may be `bigint`, which Zod's own throws at. */
export function multipleOf(divisor: number, params: CheckParams): NumberCheck {
  const check = z.multipleOf(
    divisor,
    z.core.util.normalizeParams(params),
  ) as unknown as NumberCheck;
  const checkNumber = check._zod.check.bind(check._zod);
  check._zod.check = (payload) => {
    const input: unknown = payload.value;
    if (typeof input !== 'bigint') return checkNumber(payload);
    if (Number.isInteger(divisor) && divisor !== 0 && input % BigInt(divisor) === 0n) return;
    payload.issues.push({
      code: 'not_multiple_of',
      origin: 'number',
      divisor,
      input: Number(input),
      inst: check,
    });
  };
  return check;
}
