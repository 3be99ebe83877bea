import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { PromptGraph } from '@gateway/comfy-protocol';

import { aGraph, aListing, aNode, samplerInputs } from '../reading/listing.fixture';
import { checkWorkflow, type CheckVerdict } from './workflow.check';

function check(source: string, graph: PromptGraph = aGraph()): Promise<CheckVerdict> {
  return checkWorkflow({ source, fileName: 'w.ts', graph, listing: aListing() });
}

/** A file whose graph is that one, whatever it is asked. */
function fileOf(graph: unknown, schema = '{}'): string {
  return `import { z } from 'zod';
    export default {
      RequestSchema: z.object(${schema}),
      generateWorkflow: (input) => (${JSON.stringify(graph)}),
    };`;
}

it.each([
  ['no TypeScript', 'const const', /line 1/],
  ['no workflow', 'export const a = 1;', /neither RequestSchema/],
  ['half a workflow', 'export const generateWorkflow = () => ({});', /no RequestSchema/],
  ['a file that throws', "throw new Error('no luck');", /no luck/],
  ['no graph', fileOf([1]), /no graph/],
  ['an empty graph', fileOf({}), /no graph: The prompt has no nodes/],
  [
    'a graph with a value out of bounds',
    fileOf(aGraph({ '5': aNode('KSampler', samplerInputs({ steps: 0 })) })),
    /steps/,
  ],
  [
    'a graph with a bad link',
    fileOf(aGraph({ '6': aNode('VAEDecode', { samples: ['1', 0], vae: ['1', 2] }) })),
    /node 6/,
  ],
])('finds out %s', async (_, source, reason) => {
  const verdict = await check(source);

  expect(verdict).toMatchObject({ verdict: 'bad', reason: expect.stringMatching(reason) });
});

it('makes up what must be said and has no example', async () => {
  const schema = `{
    text: z.string().min(12), size: z.int().min(8), wide: z.boolean(), mode: z.enum(['a', 'b']),
    list: z.array(z.number()), left: z.string().optional(),
  }`;

  expect(await check(fileOf(aGraph(), schema))).toMatchObject({ verdict: 'good', route: 'w' });
});

it('holds what the graph itself has wrong against nobody', async () => {
  const graph = aGraph({ '5': aNode('KSampler', samplerInputs({ sampler_name: 'mine' })) });

  expect(await check(fileOf(graph), graph)).toMatchObject({
    verdict: 'good',
    warnings: [expect.stringContaining('sampler_name')],
  });
});

it('finds nothing wrong with the example that the model is given', async () => {
  const prompt = readFileSync(
    join(__dirname, '..', '..', '..', '..', 'claude-endpoint-creation-prompt.md'),
    'utf8',
  );
  const [graph = '', source = ''] = [...prompt.matchAll(/```(?:json|ts)\n([\s\S]*?)```/g)].map(
    ([, code = '']) => code,
  );

  const verdict = await check(source, JSON.parse(graph) as PromptGraph);

  expect(verdict).toEqual({ verdict: 'good', route: 'w', warnings: [] });
});
