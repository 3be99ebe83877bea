import { inputSchema } from '@gateway/workflow-files';
import { z } from 'zod';

import { inputTable } from './input-table';

function rows(schema: z.ZodType): readonly string[] {
  return inputTable(inputSchema(schema, 'draft-2020-12')).split('\n').slice(2);
}

describe('inputTable', () => {
  it('has a row for each input, in their order', () => {
    const schema = z.object({
      prompt: z.string().min(1).max(200).describe('What to draw'),
      steps: z.int().min(1).max(100).default(20),
      cfg: z.number().gt(0).lt(30).multipleOf(0.5).optional(),
      mode: z.enum(['fast', 'fine']).default('fast'),
      fixed: z.literal('x'),
      sizes: z.array(z.number().max(9)).min(1),
      source: z.union([z.url(), z.number()]).optional(),
      maybe: z.string().nullable(),
      anything: z.any().optional(),
    });
    expect(rows(schema)).toEqual([
      '| `prompt` | string | yes |  | length ≥ 1; length ≤ 200 | What to draw |',
      '| `steps` | integer | no | `20` | ≥ 1, ≤ 100 |  |',
      '| `cfg` | number | no |  | > 0, < 30; multiple of 0.5 |  |',
      '| `mode` | string | no | `"fast"` | `"fast"`, `"fine"` |  |',
      '| `fixed` | string | yes |  | `"x"` |  |',
      '| `sizes` | array of number | yes |  | items ≥ 1; ≤ 9 |  |',
      '| `source` | string or number | no |  | format uri |  |',
      '| `maybe` | string or null | yes |  |  |  |',
      '| `anything` | any | no |  |  |  |',
    ]);
  });

  it('takes an enum that has no choices yet for any text', () => {
    const schema = z.object({
      lora: z
        .enum([] as string[])
        .optional()
        .describe('Style'),
    });
    expect(rows(schema)).toEqual(['| `lora` | string | no |  |  | Style |']);
    expect(inputSchema(schema, 'openapi-3.0')).toMatchObject({
      properties: { lora: { type: 'string', description: 'Style' } },
    });
    expect(JSON.stringify(inputSchema(schema, 'openapi-3.0'))).not.toMatch(/"not"|"enum"/);
  });

  it('has rows for the fields of objects', () => {
    const schema = z.object({
      style: z.object({ name: z.string(), weight: z.number().default(1) }),
    });
    expect(rows(schema).map((row) => row.split(' | ')[0])).toEqual([
      '| `style`',
      '| `style.name`',
      '| `style.weight`',
    ]);
  });

  it('ends, also for a schema that holds itself', () => {
    const tree = z.object({
      get left() {
        return tree.optional();
      },
    });
    expect(rows(z.object({ tree })).length).toBeLessThan(10);
  });

  it('shows the first of many choices', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `model-${index}`);
    const [row] = rows(z.object({ model: z.enum(names) }));
    expect(row).toContain('`"model-19"` and 980 more');
    expect(row).not.toContain('model-20');
  });

  it('keeps each input on its line, whatever is written in it', () => {
    const schema = z.object({ 'a|b': z.string().default('`|\n').describe('one\n  two | three') });
    expect(rows(schema)).toEqual([
      '| `a\\|b` | string | no | `"\'\\|\\n"` |  | one two \\| three |',
    ]);
  });

  it('has a table for each alternative of a union, and none for what has no fields', () => {
    const union = z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]);
    expect(rows(union).join('\n')).toMatch(/`a`[^]*or[^]*`b`/);
    expect(inputTable(inputSchema(z.any(), 'draft-2020-12'))).toBe('');
  });
});
