import type { InputConfig, NodeClassInfo, ObjectInfo, PromptGraph } from '@gateway/comfy-protocol';

import type { NodeListing } from './node-listing';

const LATENT_SIDE: InputConfig = ['INT', { min: 16, max: 16384, step: 8 }];
const SEED: InputConfig = ['INT', { min: 0, max: 18446744073709551615n }];
const TEXT: InputConfig = ['STRING', { multiline: true }];
const LINKED: InputConfig = ['*'];

/** A few classes of ComfyUI, as it lists them. */
const INFO: ObjectInfo = {
  ...aClass('CheckpointLoaderSimple', ['MODEL', 'CLIP', 'VAE'], { ckpt_name: [['base.ckpt']] }),
  ...aClass('CLIPTextEncode', ['CONDITIONING'], { text: TEXT, clip: ['CLIP'] }),
  ...aClass('ConditioningZeroOut', ['CONDITIONING'], { conditioning: ['CONDITIONING'] }),
  ...aClass('ConditioningCombine', ['CONDITIONING'], {
    conditioning_1: ['CONDITIONING'],
    conditioning_2: ['CONDITIONING'],
  }),
  ...aClass('FluxGuidance', ['CONDITIONING'], {
    conditioning: ['CONDITIONING'],
    guidance: ['FLOAT', { min: 0, max: 100 }],
  }),
  ...aClass('ControlNetApplyAdvanced', ['CONDITIONING', 'CONDITIONING'], {
    positive: ['CONDITIONING'],
    negative: ['CONDITIONING'],
  }),
  ...aClass('EmptyLatentImage', ['LATENT'], {
    width: LATENT_SIDE,
    height: LATENT_SIDE,
    batch_size: ['INT', { min: 1, max: 4096 }],
  }),
  ...aClass('ModelSamplingFlux', ['MODEL'], {
    model: ['MODEL'],
    width: ['INT', { min: 16, max: 16384, step: 8 }],
    height: ['INT', { min: 16, max: 16384, step: 8 }],
  }),
  ...aClass('LoadImage', ['IMAGE', 'MASK'], { image: [['a.png'], { image_upload: true }] }),
  ...aClass('LoadImageMask', ['MASK'], { image: [['a.png'], { image_upload: true }] }),
  ...aClass('VAEEncode', ['LATENT'], { pixels: ['IMAGE'], vae: ['VAE'] }),
  ...aClass('KSampler', ['LATENT'], {
    model: ['MODEL'],
    positive: ['CONDITIONING'],
    negative: ['CONDITIONING'],
    latent_image: ['LATENT'],
    seed: SEED,
    steps: ['INT', { min: 1, max: 10000, tooltip: 'How many  steps there are.' }],
    cfg: ['FLOAT', { min: 0, max: 100, step: 0.1 }],
    sampler_name: [['euler', 'heun']],
    scheduler: [['normal', 'karras']],
    denoise: ['FLOAT', { min: 0, max: 1 }],
  }),
  ...aClass('OddSampler', ['LATENT'], {
    positive: ['CONDITIONING'],
    seed: ['INT', { min: 0, max: 4294967295 }],
    scheduler: ['COMBO', { options: ['odd', 'even'] }],
    salt: ['INT', {}],
  }),
  ...aClass('PrimitiveInt', ['INT'], { value: ['INT', {}] }),
  ...aClass('PrimitiveStringMultiline', ['STRING'], { value: TEXT }),
  ...aClass('SaveImage', [], { images: ['IMAGE'], filename_prefix: ['STRING', {}] }, true),
  ...aClass('VAEDecode', ['IMAGE'], { samples: ['LATENT'], vae: ['VAE'] }),
  ...aClass('Anything', ['IMAGE'], { value: LINKED }),
};

export function aListing(changes: Partial<NodeListing> = {}): NodeListing {
  return { info: INFO, folders: {}, source: 'a fixture', knowsModels: true, ...changes };
}

/** One node of a graph. */
export function aNode(class_type: string, inputs: object, title?: string): PromptGraph[string] {
  const node = { class_type, inputs: inputs as PromptGraph[string]['inputs'] };
  return title === undefined ? node : { ...node, _meta: { title } };
}

/** Text to image; `changes` are nodes that are added or replaced. */
export function aGraph(changes: PromptGraph = {}): PromptGraph {
  return {
    '1': aNode('CheckpointLoaderSimple', { ckpt_name: 'base.ckpt' }),
    '2': aNode('CLIPTextEncode', { text: 'a cat', clip: ['1', 1] }),
    '3': aNode('CLIPTextEncode', { text: 'a dog', clip: ['1', 1] }),
    '4': aNode('EmptyLatentImage', { width: 512, height: 768, batch_size: 1 }),
    '5': aNode('KSampler', samplerInputs()),
    '6': aNode('VAEDecode', { samples: ['5', 0], vae: ['1', 2] }),
    '7': aNode('SaveImage', { images: ['6', 0], filename_prefix: 'x' }),
    ...changes,
  };
}

export function samplerInputs(changes: object = {}): object {
  return {
    model: ['1', 0],
    positive: ['2', 0],
    negative: ['3', 0],
    latent_image: ['4', 0],
    seed: 1,
    steps: 20,
    cfg: 7,
    sampler_name: 'euler',
    scheduler: 'normal',
    denoise: 1,
    ...changes,
  };
}

function aClass(
  name: string,
  output: readonly string[],
  required: Readonly<Record<string, InputConfig>>,
  output_node = false,
): Readonly<Record<string, NodeClassInfo>> {
  return { [name]: { name, input: { required }, output, output_node, python_module: 'nodes' } };
}
