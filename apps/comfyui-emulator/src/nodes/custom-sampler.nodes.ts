import { SAMPLERS, SCHEDULERS } from '@gateway/comfy-protocol';

import {
  bool,
  choice,
  conditioning,
  float,
  int,
  latent,
  model,
  opaque,
  seed,
  type NumberOptions,
} from './node-input';
import { give, v1Node, type InputTable, type NodeDefinition, type NodeTable } from './node-spec';
import { sample } from './sampling';
import { opaqueValue, simulatedNode } from './simulated';
import type { Latent, Opaque } from './values';
import type { NodeContext, NodeResult } from './node-class';

const MODULE = 'comfy_extras.nodes_custom_sampler';
const CATEGORY = 'sampling/custom_sampling';
const CFG: NumberOptions = { default: 8, min: 0, max: 100, step: 0.1, round: 0.01 };
const DENOISE: NumberOptions = { default: 1, min: 0, max: 1, step: 0.01 };

const sampler = opaque('SAMPLER');
const sigmas = opaque('SIGMAS');

/** Samplers put together from parts. */
export const customSamplerNodes = {
  SamplerCustom: v1Node({
    module: MODULE,
    category: CATEGORY,
    required: {
      model: model(),
      add_noise: bool({ default: true }),
      noise_seed: seed(),
      cfg: float(CFG),
      positive: conditioning(),
      negative: conditioning(),
      sampler: sampler(),
      sigmas: sigmas(),
      latent_image: latent(),
    },
    outputs: ['LATENT', 'LATENT'],
    outputNames: ['output', 'denoised_output'],
    run: ({ latent_image, ...parts }, context) =>
      sampleBySigmas(latent_image, parts.sigmas, parts, context),
  }),

  SamplerCustomAdvanced: v1Node({
    module: MODULE,
    category: CATEGORY,
    required: {
      noise: opaque('NOISE')(),
      guider: opaque('GUIDER')(),
      sampler: sampler(),
      sigmas: sigmas(),
      latent_image: latent(),
    },
    outputs: ['LATENT', 'LATENT'],
    outputNames: ['output', 'denoised_output'],
    run: ({ latent_image, ...parts }, context) =>
      sampleBySigmas(latent_image, parts.sigmas, parts, context),
  }),

  KSamplerSelect: part('samplers', {
    required: { sampler_name: choice(SAMPLERS) },
    outputs: ['SAMPLER'],
  }),

  BasicScheduler: v1Node({
    module: MODULE,
    category: `${CATEGORY}/schedulers`,
    required: {
      model: model(),
      scheduler: choice(SCHEDULERS),
      steps: int({ default: 20, min: 1, max: 10000 }),
      denoise: float(DENOISE),
    },
    outputs: ['SIGMAS'],
    run: (settings) => give(sigmasOf(settings)),
  }),

  SDTurboScheduler: v1Node({
    module: MODULE,
    category: `${CATEGORY}/schedulers`,
    required: {
      model: model(),
      steps: int({ default: 1, min: 1, max: 10 }),
      denoise: float(DENOISE),
    },
    outputs: ['SIGMAS'],
    run: (settings) => give(sigmasOf(settings)),
  }),

  RandomNoise: part('noise', { required: { noise_seed: seed() }, outputs: ['NOISE'] }),
  DisableNoise: part('noise', { required: {}, outputs: ['NOISE'] }),

  BasicGuider: part('guiders', {
    required: { model: model(), conditioning: conditioning() },
    outputs: ['GUIDER'],
  }),

  CFGGuider: part('guiders', {
    required: {
      model: model(),
      positive: conditioning(),
      negative: conditioning(),
      cfg: float(CFG),
    },
    outputs: ['GUIDER'],
  }),
} satisfies NodeTable;

/** A schedule that remembers how long it is. */
export function sigmasOf(settings: { readonly steps: number; readonly denoise?: number }): Opaque {
  const { steps, denoise = 1 } = settings;
  return { ...opaqueValue('SIGMAS', settings), schedule: { steps, denoise } };
}

function part(
  kind: string,
  spec: { readonly required: InputTable; readonly outputs: readonly string[] },
): NodeDefinition {
  return simulatedNode({ ...spec, module: MODULE, category: `${CATEGORY}/${kind}` });
}

async function sampleBySigmas(
  latent: Latent,
  { schedule }: Opaque,
  origin: object,
  context: NodeContext,
): Promise<NodeResult> {
  const { steps, denoise } = schedule ?? { steps: 1, denoise: 1 };
  const sampled = await sample({ latent, steps, denoise, origin }, context);
  return give(sampled, sampled);
}
