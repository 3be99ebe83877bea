import { inputSchema } from '@gateway/workflow-files';
import { z } from 'zod';

import { inputExample } from './input-example';

const exampleOf = (schema: z.ZodType) => inputExample(inputSchema(schema, 'draft-2020-12'));

describe('inputExample', () => {
  it('has every default, and something for what is required, and nothing else', () => {
    const schema = z.object({
      prompt: z.string(),
      style: z.enum(['ink', 'oil']),
      width: z.number().int().default(512),
      steps: z.number().min(4),
      tags: z.array(z.string()),
      seed: z.number().optional(),
      random: z.number().default(() => Math.random()),
      tiled: z.boolean(),
    });
    expect(exampleOf(schema)).toEqual({
      prompt: 'string',
      style: 'ink',
      width: 512,
      steps: 4,
      tags: [],
      tiled: false,
    });
  });

  it("takes the author's own examples", () => {
    const schema = z.object({ prompt: z.string().meta({ examples: ['a cat'] }) });
    expect(exampleOf(schema)).toEqual({ prompt: 'a cat' });
  });

  it('is none for an input that is no object', () => {
    expect(exampleOf(z.string())).toBeUndefined();
  });
});
