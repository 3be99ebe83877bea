import { z as host } from 'zod';

import { WorkflowFolder, workflowText } from './testing/workflow-folder';

const SEED = 18_446_744_073_709_551_615n;

/** Schemas are written in files, since Zod 3's words are not in Zod 4's types. */
describe('authorZod', () => {
  let folder: WorkflowFolder;

  beforeEach(async () => {
    folder = await WorkflowFolder.make();
  });

  afterEach(() => folder.remove());

  async function schema(shape: string, before?: string): Promise<host.ZodType> {
    await folder.add('x.ts', workflowText(shape, before));
    return (await folder.loadOnly()).workflow.RequestSchema;
  }

  async function messages(shape: string, input: unknown): Promise<readonly string[]> {
    const { error } = (await schema(shape)).safeParse(input);
    return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  }

  it.each([
    'z.number().int()',
    'z.number().int().min(0).optional().default(1).describe("seed")',
    'z.number().int({ message: "whole" })',
    'z.number()',
    'z.number().multipleOf(5)',
    'z.int()',
    'z.int().positive()',
    'z.coerce.number().int()',
    'z.number().int().or(z.literal("random"))',
    'z.union([z.string(), z.number().int()])',
    'z.number().int().refine((seed) => seed > 0)',
    'z.number().int().nullable().optional()',
    'z.object({ a: z.number().int() }).shape.a',
    'z.preprocess((seed) => seed, z.number().int())',
  ])('takes the largest seed for %s, unrounded', async (seed) => {
    expect((await schema(`seed: ${seed}`)).parse({ seed: SEED })).toEqual({ seed: SEED });
  });

  it('still refuses what is no whole number, and what is out of bounds', async () => {
    const shape =
      'a: z.number().int(), b: z.number().int().max(100), c: z.number().multipleOf(8), d: z.number()';
    expect(await messages(shape, { a: 1.5, b: SEED, c: 2n ** 60n + 1n, d: '4' })).toEqual([
      'a: Invalid input: expected int, received number',
      'b: Too big: expected bigint to be <=100',
      'c: Invalid number: must be a multiple of 8',
      'd: Invalid input: expected number, received string',
    ]);
  });

  it('draws a new value for each request from a default that is a function', async () => {
    const drawn = await schema('seed: z.number().int().default(() => ++n)', 'let n = 0;');
    expect([drawn.parse({}), drawn.parse({}), drawn.parse({ seed: 9 })]).toEqual([
      { seed: 1 },
      { seed: 2 },
      { seed: 9 },
    ]);
  });

  it('does not call such a function to describe the schema', async () => {
    const drawn = await schema('seed: z.number().default(() => ++n).describe("d")', 'let n = 0;');
    expect(host.toJSONSchema(drawn, { io: 'input' }).properties?.['seed']).toEqual({
      type: 'number',
      description: 'd',
    });
    expect(drawn.parse({})).toEqual({ seed: 1 });
  });

  it('asks for a value when the default is none', async () => {
    const shape = 'a: z.string().default(config.comfyHost), b: z.string().optional().default()';
    expect(await messages(shape, {})).toEqual([
      'a: Invalid input: expected string, received undefined',
    ]);
  });

  it.each([
    [
      'an object is filled in',
      'a: z.object({ b: z.number().default(1) }).default({})',
      { a: { b: 1 } },
    ],
    [
      'a transform is applied',
      'a: z.string().transform((s) => s.length).default("four")',
      { a: 4 },
    ],
    ['one that does not fit is taken as it is', 'a: z.string().min(9).default("x")', { a: 'x' }],
    ['a choice that is not there is taken as it is', 'a: config.samplers.default("x")', { a: 'x' }],
    ['after describe', 'a: z.string().describe("d").optional().default("x")', { a: 'x' }],
    [
      'with an asynchronous check',
      'a: z.string().refine(async () => true).default("x")',
      { a: 'x' },
    ],
  ])('reads a default as Zod 3 does: %s', async (_how, shape, expected) => {
    expect(await (await schema(shape)).parseAsync({})).toEqual(expected);
  });

  it.each([
    ['any() may be missing', 'a: z.any()', {}],
    ['unknown() may be missing', 'a: z.unknown().describe("x")', {}],
    ['strict', 'a: z.object({ b: z.string() }).strict()', { a: { b: 'x' } }],
    ['passthrough', 'a: z.object({}).passthrough()', { a: { b: 'x' } }],
    ['nonstrict', 'a: z.object({}).nonstrict()', { a: { b: 'x' } }],
    [
      'deepPartial',
      'a: z.object({ b: z.object({ c: z.string() }) }).deepPartial()',
      { a: { b: {} } },
    ],
    ['augment', 'a: z.object({}).augment({ b: z.string() })', { a: { b: 'x' } }],
    ['merge', 'a: z.object({}).merge(z.object({ b: z.string() }))', { a: { b: 'x' } }],
    ['ip', 'a: z.string().ip(), b: z.string().ip({ version: "v6" })', { a: '127.0.0.1', b: '::1' }],
    ['cidr', 'a: z.string().cidr()', { a: '10.0.0.0/8' }],
    [
      'url and email',
      'a: z.string().url(), b: z.string().email()',
      { a: 'https://a.b', b: 'a@b.cd' },
    ],
    ['record of one', 'a: z.record(z.number())', { a: { b: 1 } }],
    ['record of an enum, partly', 'a: z.record(z.enum(["b", "c"]), z.string())', { a: { b: 'x' } }],
    ['nativeEnum', 'a: z.nativeEnum({ small: 1, large: 2 })', { a: 2 }],
    ['ostring', 'a: z.ostring(), b: z.onumber(), c: z.oboolean()', {}],
    ['innerType', 'a: z.string().transform(Number).innerType()', { a: 'x' }],
    ['safe', 'a: z.number().safe()', { a: 3 }],
    [
      'discriminated unions',
      'a: z.discriminatedUnion("k", [z.object({ k: z.literal(1) })])',
      { a: { k: 1 } },
    ],
    ['models that nobody has', 'a: config.models.nothing.enum.optional()', {}],
    [
      'every model',
      'a: z.enum(config.models.checkpoints.all).or(z.string())',
      { a: 'warm.safetensors' },
    ],
    ['excluded choices', 'a: config.samplers.exclude(["ddim"])', { a: 'euler' }],
  ])('understands %s', async (_what, shape, input) => {
    expect((await schema(shape)).parse(input)).toEqual(input);
  });

  it('lets functions be described, for the types of a file', async () => {
    const shape = 'f: z.function().args(z.any()).returns(z.promise(z.any())).optional()';
    expect((await schema(shape)).parse({})).toEqual({});
  });

  it("hears Zod 3's messages", async () => {
    const shape = `
      a: z.string({ required_error: "a, please", invalid_type_error: "a is a text" }),
      b: z.string({ required_error: "b, please", invalid_type_error: "b is a text" }),
      c: z.enum(["x", "y"], { errorMap: (issue, ctx) => ({ message: issue.code + " " + ctx.data }) }),
      d: z.string().refine((text) => text === "d", (text) => ({ message: text + " is no d" })),
      e: z.string().min(3, { message: "longer" }),
      f: z.string({ errorMap: (issue, ctx) => ({ message: "f: " + ctx.defaultError }) })`;
    expect(await messages(shape, { b: 1, c: 'z', d: 'q', e: 'e' })).toEqual([
      'a: a, please',
      'b: b is a text',
      'c: invalid_enum_value z',
      'd: q is no d',
      'e: longer',
      'f: f: Invalid input: expected string, received undefined',
    ]);
  });

  it('takes a description where Zod 3 took one, and nowhere else', async () => {
    const described = await schema(
      'a: z.string({ description: "A" }), b: z.record(z.string(), z.string().describe("inner"))',
    );
    const { properties } = host.toJSONSchema(described);
    expect(properties?.['a']).toMatchObject({ description: 'A' });
    expect(properties?.['b']).not.toHaveProperty('description');
  });

  it('makes schemas of the very Zod that the host uses', async () => {
    const made = await schema('a: z.string().optional().default("x"), b: z.number().int()');
    expect(made).toBeInstanceOf(host.ZodObject);
    const { shape } = made as host.ZodObject;
    expect(shape['a']).toBeInstanceOf(host.ZodDefault);
    expect(shape['b']).toBeInstanceOf(host.ZodNumber);
  });

  it("leaves the host's own schemas alone", async () => {
    const { samplers } = folder.config;
    await schema('a: config.samplers.optional()');
    expect(() =>
      host
        .number()
        .int()
        .parse(2 ** 60),
    ).toThrow();
    expect(host.object({ a: host.any() }).safeParse({}).success).toBe(false);
    expect(Object.getPrototypeOf(samplers.clone())).toBe(Object.getPrototypeOf(samplers));
  });
});
