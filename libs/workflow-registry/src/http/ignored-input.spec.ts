import { z } from 'zod';

import { ignoredInput } from './ignored-input';

const SHAPE = { prompt: z.string(), size: z.object({ width: z.number() }).optional() };
const INPUT = { promt: 'a cat', prompt: 'a cat', size: { witdh: 1 }, zzz: 2 };

describe('ignoredInput', () => {
  it.each([
    ['an object', z.object(SHAPE)],
    ['an object that is transformed', z.object(SHAPE).transform((input) => input.prompt)],
    ['an optional one', z.object(SHAPE).optional()],
  ])('names every key that %s drops', (_what, schema) => {
    expect(ignoredInput(schema, INPUT)).toEqual([
      'input.promt is not known to this workflow and was ignored; did you mean "prompt"?',
      'input.size.witdh is not known to this workflow and was ignored; did you mean "width"?',
      'input.zzz is not known to this workflow and was ignored',
    ]);
  });

  it.each([
    ['an object that keeps them', z.looseObject({ prompt: z.string() })],
    ['a record', z.record(z.string(), z.unknown())],
    ['anything', z.any()],
    ['one of several', z.union([z.object(SHAPE), z.object({ zzz: z.number() })])],
  ])('has nothing to say of %s', (_what, schema) => {
    expect(ignoredInput(schema, INPUT)).toEqual([]);
  });

  it.each([null, 'text', [1], 7])('has nothing to say of %j', (input) => {
    expect(ignoredInput(z.object(SHAPE), input)).toEqual([]);
  });
});
