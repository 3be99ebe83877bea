import type { PromptGraph } from '@gateway/comfy-protocol';

import { checkWorkflow } from '../checking/workflow.check';
import type { NodeListing } from '../reading/node-listing';
import { aGraph, aListing, aNode, samplerInputs } from '../reading/listing.fixture';
import { writeWorkflow, type WrittenWorkflow } from './offline.author';

function write(graph: PromptGraph, listing: NodeListing = aListing()): WrittenWorkflow {
  return writeWorkflow(graph, listing, { graphName: 'graph.json' });
}

/** Name → the places of the inputs that are written. */
function places(graph: PromptGraph): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    write(graph).inputs.map((input) => [
      input.name,
      input.places.map(({ nodeId, input: name }) => `${nodeId}.${name}`),
    ]),
  );
}

async function check(graph: PromptGraph): Promise<unknown> {
  const { source, inputs } = write(graph);
  const file = { source, fileName: 'w.ts', graph, listing: aListing() };
  return checkWorkflow(file, inputs);
}

it('makes inputs of what callers choose, prompt first', () => {
  expect(places(aGraph())).toEqual({
    prompt: ['2.text'],
    negative_prompt: ['3.text'],
    width: ['4.width'],
    height: ['4.height'],
    batch_size: ['4.batch_size'],
    seed: ['5.seed'],
    steps: ['5.steps'],
    cfg_scale: ['5.cfg'],
    sampler_name: ['5.sampler_name'],
    scheduler: ['5.scheduler'],
    denoise: ['5.denoise'],
    checkpoint: ['1.ckpt_name'],
  });
  expect(Object.keys(places(aGraph()))[0]).toBe('prompt');
});

it.each([
  ['ConditioningCombine', { conditioning_1: ['2', 0], conditioning_2: ['3', 0] }],
  ['FluxGuidance', { conditioning: ['2', 0], guidance: 3 }],
  ['ControlNetApplyAdvanced', { positive: ['2', 0], negative: ['3', 0] }],
])('finds the prompt through %s', (classType, inputs) => {
  const graph = aGraph({
    '5': aNode('KSampler', samplerInputs({ positive: ['8', 0], negative: ['8', 1] })),
    '8': aNode(classType, inputs),
  });

  expect(places(graph)).toMatchObject({ prompt: ['2.text'] });
});

it('tells the two outputs of a ControlNet apart', () => {
  const graph = aGraph({
    '5': aNode('KSampler', samplerInputs({ positive: ['8', 0], negative: ['8', 1] })),
    '8': aNode('ControlNetApplyAdvanced', { positive: ['3', 0], negative: ['2', 0] }),
  });

  expect(places(graph)).toMatchObject({ prompt: ['3.text'], negative_prompt: ['2.text'] });
});

it('takes a prompt that is zeroed out for no negative one', () => {
  const graph = aGraph({
    '3': aNode('ConditioningZeroOut', { conditioning: ['2', 0] }),
  });

  expect(places(graph)).toHaveProperty('prompt', ['2.text']);
  expect(places(graph)).not.toHaveProperty('negative_prompt');
});

it('offers an empty negative prompt only where it may have an effect', () => {
  const empty = aNode('CLIPTextEncode', { text: '', clip: ['1', 1] });
  const distilled = aNode('KSampler', samplerInputs({ cfg: 1 }));

  expect(places(aGraph({ '3': empty }))).toHaveProperty('negative_prompt');
  expect(places(aGraph({ '3': empty, '5': distilled }))).not.toHaveProperty('negative_prompt');
});

it('follows links into primitive nodes', async () => {
  const graph = aGraph({
    '2': aNode('CLIPTextEncode', { text: ['8', 0], clip: ['1', 1] }),
    '5': aNode('KSampler', samplerInputs({ steps: ['9', 0] })),
    '8': aNode('PrimitiveStringMultiline', { value: 'a cat' }),
    '9': aNode('PrimitiveInt', { value: 12 }),
  });

  expect(places(graph)).toMatchObject({ prompt: ['8.value'], steps: ['9.value'] });
  expect(write(graph).source).toContain('steps: z.int().min(1).max(10000).default(12)');
  expect(await check(graph)).toMatchObject({ verdict: 'good' });
});

it('gives one input to literals of one kind and value, and names to others', () => {
  const graph = aGraph({
    '8': aNode('ModelSamplingFlux', { model: ['1', 0], width: 512, height: 768 }),
    '9': aNode(
      'KSampler',
      samplerInputs({ latent_image: ['5', 0], steps: 8, cfg: 7 }),
      'Hires pass',
    ),
    '10': aNode('KSampler', samplerInputs({ latent_image: ['9', 0], steps: 5, seed: 2 })),
    '6': aNode('VAEDecode', { samples: ['10', 0], vae: ['1', 2] }),
  });

  expect(places(graph)).toMatchObject({
    width: ['4.width', '8.width'],
    cfg_scale: ['5.cfg', '9.cfg', '10.cfg'],
    steps: ['5.steps'],
    hires_pass_steps: ['9.steps'],
    steps_2: ['10.steps'],
    seed: ['5.seed', '9.seed'],
    seed_2: ['10.seed'],
  });
});

it('asks for files, one input each, and says what they are for', () => {
  const graph = aGraph({
    '4': aNode('VAEEncode', { pixels: ['8', 0], vae: ['1', 2] }),
    '8': aNode('LoadImage', { image: 'a.png' }),
    '9': aNode('LoadImage', { image: 'a.png' }, 'Pose'),
    '10': aNode('LoadImageMask', { image: 'a.png' }),
  });
  const { inputs, source } = write(graph);

  expect(places(graph)).toMatchObject({
    image: ['8.image'],
    pose_image: ['9.image'],
    mask: ['10.image'],
  });
  expect(inputs.filter(({ fallback }) => fallback.type === 'required')).toHaveLength(4);
  expect(inputs.map(({ description }) => description)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^Picture to start from: a URL/),
      expect.stringMatching(/^Pose: a URL/),
      expect.stringMatching(/^Mask: a URL/),
    ]),
  );
  expect(source).toContain("summary: 'Image to image with base'");
});

it('takes descriptions from tooltips', () => {
  expect(write(aGraph()).source).toContain(".describe('How many steps there are')");
});

it('offers the choices of the node where they are not those of KSampler', () => {
  const graph = aGraph({
    '5': aNode('OddSampler', { positive: ['2', 0], seed: 3, scheduler: 'odd', salt: 1 }),
  });
  const { source } = write(graph);

  expect(source).toContain("scheduler: z.enum(['odd', 'even']).default('odd')");
  expect(source).toContain('.max(4294967295)');
  expect(source).toContain('.default(() => Math.floor(Math.random() * 4294967296))');
});

it('rounds no integer', async () => {
  const graph = aGraph({
    '5': aNode('OddSampler', {
      positive: ['2', 0],
      seed: 3,
      scheduler: 'odd',
      salt: 2n ** 64n - 1n,
    }),
  });

  expect(write(graph).source).toContain('salt: 18446744073709551615n,');
  expect(await check(graph)).toMatchObject({ verdict: 'good' });
});

it('gives back a seed beyond 2^53', async () => {
  const graph = aGraph({ '5': aNode('KSampler', samplerInputs({ seed: 2n ** 64n - 1n })) });

  expect(await check(graph)).toMatchObject({ verdict: 'good', warnings: [] });
});

it('keeps nodes that are not listed, and says so', async () => {
  const graph = aGraph({
    '6': aNode('Mystery', {
      samples: ['5', 0],
      seed: 5,
      text: 'kept',
      list: { __value__: [1, 2] },
    }),
  });
  const { source, notes } = write(graph);

  expect(notes).toEqual(['The listing does not know Mystery: its values were left as they are.']);
  expect(source).toContain(` * ${notes[0]!}`);
  expect(source).toContain("text: 'kept',");
  expect(await check(graph)).toMatchObject({ verdict: 'good' });
});

it('notes a model that is not installed, unless the listing knows none', () => {
  const graph = aGraph({ '1': aNode('CheckpointLoaderSimple', { ckpt_name: 'mine.ckpt' }) });

  expect(write(graph).notes).toEqual([
    'mine.ckpt (checkpoint) is not installed there: put it into models/checkpoints.',
  ]);
  expect(write(graph, aListing({ knowsModels: false })).notes).toEqual([]);
});

it('writes texts of any kind', async () => {
  const text = 'it\'s "quoted" \\ ${no} `template`\n*/ \u2028 \u0000 \ud800 é 猫';
  const graph = aGraph({
    'a b*/': aNode('Mystery*/\n', { text, __proto__x: text, '0 odd-name': text }, text),
    '2': aNode('CLIPTextEncode', { text, clip: ['1', 1] }),
  });

  expect(await check(graph)).toMatchObject({ verdict: 'good' });
});

it('writes a graph that leaves nothing to choose', async () => {
  const graph = { '1': aNode('SaveImage', { images: ['2', 0] }), '2': aNode('Mystery', {}) };

  expect(write(graph).source).toContain('function generateWorkflow(): ComfyPrompt {');
  expect(await check(graph)).toMatchObject({ verdict: 'good' });
});
