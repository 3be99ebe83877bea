import { modelFile } from './model-files';
import { anything, bool, choice, float, int, model, opaque } from './node-input';
import { v1Node, type InputTable, type NodeDefinition, type NodeTable } from './node-spec';
import { opaqueValue, simulatedNode } from './simulated';

const PACK = {
  module: 'custom_nodes.ComfyUI-AnimateDiff-Evolved',
  category: 'Animate Diff 🎭🅐🅓',
};
const BETA_SCHEDULE = choice(
  [
    'autoselect',
    'use existing',
    'sqrt_linear (AnimateDiff)',
    'linear (AnimateDiff-SDXL)',
    'linear (HotshotXL/default)',
    'avg(sqrt_linear,linear)',
    'lcm avg(sqrt_linear,linear)',
    'lcm',
    'lcm[100_ots]',
    'lcm >> sqrt_linear',
    'sqrt',
    'cosine',
    'squaredcos_cap_v2',
  ],
  { default: 'autoselect' },
);
const CONTEXT_SIZES = {
  context_length: int({ default: 16, min: 1, max: 128 }),
  context_stride: int({ default: 1, min: 1, max: 32 }),
  context_overlap: int({ default: 4, min: 0, max: 128 }),
};
const CONTEXT_TUNING = {
  fuse_method: choice([
    'pyramid',
    'flat',
    '🔬delayed reverse sawtooth',
    '🔬pyramid-sigma',
    '🔬pyramid-sigma inverse',
    '🔬gauss-sigma',
    '🔬gauss-sigma inverse',
    '🔬random',
  ]),
  use_on_equal_length: bool({ default: false }),
  start_percent: float({ default: 0, min: 0, max: 1, step: 0.001 }),
  guarantee_steps: int({ default: 1, min: 0, max: 9007199254740991 }),
  prev_context: anything('CONTEXT_OPTIONS'),
  view_opts: anything('VIEW_OPTS'),
};

/** The nodes of AnimateDiff-Evolved that most of its workflows use. */
export const animateDiffNodes = {
  ADE_AnimateDiffLoaderGen1: motionNode(
    {
      model: model(),
      model_name: modelFile('animatediff_models'),
      beta_schedule: BETA_SCHEDULE,
    },
    {
      context_options: anything('CONTEXT_OPTIONS'),
      motion_lora: anything('MOTION_LORA'),
      ad_settings: anything('AD_SETTINGS'),
      ad_keyframes: anything('AD_KEYFRAMES'),
      sample_settings: anything('SAMPLE_SETTINGS'),
      scale_multival: anything('MULTIVAL'),
      effect_multival: anything('MULTIVAL'),
      per_block: anything('PER_BLOCK'),
    },
    'MODEL',
  ),

  ADE_LoadAnimateDiffModel: motionNode(
    { model_name: modelFile('animatediff_models') },
    { ad_settings: anything('AD_SETTINGS') },
    'MOTION_MODEL_ADE',
  ),

  ADE_ApplyAnimateDiffModelSimple: motionNode(
    { motion_model: opaque('MOTION_MODEL_ADE')() },
    {
      motion_lora: anything('MOTION_LORA'),
      scale_multival: anything('MULTIVAL'),
      effect_multival: anything('MULTIVAL'),
      ad_keyframes: anything('AD_KEYFRAMES'),
      per_block: anything('PER_BLOCK'),
      prev_m_models: anything('M_MODELS'),
    },
    'M_MODELS',
  ),

  ADE_UseEvolvedSampling: simulatedNode({
    ...PACK,
    required: { model: model(), beta_schedule: BETA_SCHEDULE },
    optional: {
      m_models: anything('M_MODELS'),
      context_options: anything('CONTEXT_OPTIONS'),
      sample_settings: anything('SAMPLE_SETTINGS'),
    },
    outputs: ['MODEL'],
  }),

  ADE_StandardUniformContextOptions: simulatedNode({
    ...PACK,
    required: CONTEXT_SIZES,
    optional: CONTEXT_TUNING,
    outputs: ['CONTEXT_OPTIONS'],
    outputNames: ['CONTEXT_OPTS'],
  }),

  ADE_LoopedUniformContextOptions: simulatedNode({
    ...PACK,
    required: { ...CONTEXT_SIZES, closed_loop: bool({ default: false }) },
    optional: CONTEXT_TUNING,
    outputs: ['CONTEXT_OPTIONS'],
    outputNames: ['CONTEXT_OPTS'],
  }),
} satisfies NodeTable;

/** A class that brings motion into what it gives. */
function motionNode(required: InputTable, optional: InputTable, type: string): NodeDefinition {
  return v1Node({
    ...PACK,
    required,
    optional,
    outputs: [type],
    run: (inputs) => ({
      outputs: [{ ...opaqueValue(type, 'motion', inputs), animates: true }],
    }),
  });
}
