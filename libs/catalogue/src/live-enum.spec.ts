import { z } from 'zod';

import { liveEnum } from './live-enum';

describe('liveEnum', () => {
  let names: string[];
  let hidden: string[];
  const values = {
    list: () => names,
    has: (value: string) => hidden.includes(value),
  };

  beforeEach(() => {
    names = ['euler', 'ddim'];
    hidden = [];
  });

  it('accepts what is there when it validates', () => {
    const sampler = liveEnum(values);
    expect(sampler.parse('euler')).toBe('euler');
    expect(sampler.safeParse('lcm').success).toBe(false);
    names.push('lcm');
    expect(sampler.parse('lcm')).toBe('lcm');
    names = [];
    expect(sampler.safeParse('euler').success).toBe(false);
  });

  it('says so when there is nothing to choose from, in its errors and in its JSON Schema', () => {
    const model = liveEnum({
      ...values,
      whenNone: 'There is nothing in models/vae yet',
    }).optional();
    names = [];
    expect(model.safeParse('x').error?.issues).toEqual([
      expect.objectContaining({ message: 'There is nothing in models/vae yet' }),
    ]);
    expect(z.toJSONSchema(model)).toMatchObject({
      type: 'string',
      description: 'There is nothing in models/vae yet',
    });
    expect(z.toJSONSchema(model)).not.toHaveProperty('not');
    names = ['x'];
    expect(z.toJSONSchema(model)).toMatchObject({ type: 'string', enum: ['x'] });
    expect(z.toJSONSchema(model)).not.toHaveProperty('description');
    expect(model.safeParse('y').error?.issues[0]?.message).toBe('Invalid input: expected "x"');
  });

  it('accepts what is not listed but there all the same', () => {
    const model = liveEnum(values);
    expect(model.safeParse('new.safetensors').success).toBe(false);
    hidden.push('new.safetensors');
    expect(model.parse('new.safetensors')).toBe('new.safetensors');
  });

  it.each([
    ['optional', () => liveEnum(values).optional()],
    ['with a default', () => liveEnum(values).optional().default('euler')],
    ['described', () => liveEnum(values).describe('Name of the sampler')],
    ['with metadata', () => liveEnum(values).meta({ title: 'sampler' })],
    ['refined', () => liveEnum(values).refine((name) => name !== 'ddim')],
    ['nullable and described', () => liveEnum(values).nullable().describe('x')],
    ['in an object', () => z.object({ s: liveEnum(values) }).shape.s],
  ])('stays live when it is %s', (_how, make) => {
    const schema = make();
    expect(schema.safeParse('lcm').success).toBe(false);
    names.push('lcm');
    expect(schema.parse('lcm')).toBe('lcm');
    expect(JSON.stringify(z.toJSONSchema(schema, { io: 'input' }))).toContain('"lcm"');
  });

  it('is an enum: options, enum, extract and exclude', () => {
    const schema = liveEnum(values);
    expect(schema.options).toEqual(['euler', 'ddim']);
    expect(schema.enum).toEqual({ euler: 'euler', ddim: 'ddim' });
    names.push('lcm');
    expect(schema.options).toEqual(['euler', 'ddim', 'lcm']);
    expect(schema).toBeInstanceOf(z.ZodEnum);
    expect(schema.exclude(['ddim']).options).toEqual(['euler', 'lcm']);
  });

  it('is rendered with the values of the moment, and keeps its description', () => {
    const schema = liveEnum(values).describe('Name of the sampler');
    expect(z.toJSONSchema(schema)).toMatchObject({
      type: 'string',
      enum: ['euler', 'ddim'],
      description: 'Name of the sampler',
    });
    names = ['lcm'];
    expect(z.toJSONSchema(schema)).toMatchObject({ enum: ['lcm'] });
  });

  it('says which values there are when it refuses one', () => {
    const { error } = liveEnum(values).safeParse('x');
    expect(error?.issues[0]).toMatchObject({
      code: 'invalid_value',
      values: ['euler', 'ddim'],
      message: 'Invalid option: expected one of "euler"|"ddim"',
    });
  });

  it('refuses what is no text, and everything while nothing is there', () => {
    names = [];
    expect(liveEnum(values).safeParse(undefined).success).toBe(false);
    expect(liveEnum(values).safeParse(1).success).toBe(false);
    expect(liveEnum(values).safeParse('euler').success).toBe(false);
    expect(liveEnum(values).optional().parse(undefined)).toBeUndefined();
  });
});
