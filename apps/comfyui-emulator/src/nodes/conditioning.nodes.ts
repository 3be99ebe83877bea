import {
  choice,
  clip,
  conditioning,
  float,
  image,
  int,
  MAX_RESOLUTION,
  opaque,
  text,
  vae,
} from './node-input';
import type { NodeTable } from './node-spec';
import { simulatedNode } from './simulated';

const controlNet = opaque('CONTROL_NET');
const PROMPT = { multiline: true, dynamicPrompts: true };
const PERCENT = { min: 0, max: 1, step: 0.001 };
const GUIDANCE = { default: 3.5, min: 0, max: 100, step: 0.1 };
const SIDE = { default: 1024, min: 0, max: MAX_RESOLUTION };
const OFFSET = { ...SIDE, default: 0 };
const ADVANCED = 'advanced/conditioning';

/** Prompts and what is done to them. */
export const conditioningNodes = {
  CLIPTextEncode: simulatedNode({
    category: 'conditioning',
    title: 'CLIP Text Encode (Prompt)',
    description:
      'Encodes a text prompt using a CLIP model into an embedding that can be used to guide the diffusion model towards generating specific images.',
    required: { text: text(PROMPT), clip: clip() },
    outputs: ['CONDITIONING'],
  }),

  CLIPTextEncodeSDXL: simulatedNode({
    module: 'comfy_extras.nodes_clip_sdxl',
    category: ADVANCED,
    required: {
      clip: clip(),
      width: int(SIDE),
      height: int(SIDE),
      crop_w: int(OFFSET),
      crop_h: int(OFFSET),
      target_width: int(SIDE),
      target_height: int(SIDE),
      text_g: text(PROMPT),
      text_l: text(PROMPT),
    },
    outputs: ['CONDITIONING'],
  }),

  CLIPTextEncodeFlux: simulatedNode({
    module: 'comfy_extras.nodes_flux',
    category: 'advanced/conditioning/flux',
    required: {
      clip: clip(),
      clip_l: text(PROMPT),
      t5xxl: text(PROMPT),
      guidance: float(GUIDANCE),
    },
    outputs: ['CONDITIONING'],
  }),

  CLIPTextEncodeSD3: simulatedNode({
    module: 'comfy_extras.nodes_sd3',
    category: ADVANCED,
    required: {
      clip: clip(),
      clip_l: text(PROMPT),
      clip_g: text(PROMPT),
      t5xxl: text(PROMPT),
      empty_padding: choice(['none', 'empty_prompt']),
    },
    outputs: ['CONDITIONING'],
  }),

  CLIPSetLastLayer: simulatedNode({
    category: 'conditioning',
    title: 'CLIP Set Last Layer',
    required: {
      clip: clip(),
      stop_at_clip_layer: int({ default: -1, min: -24, max: -1, step: 1 }),
    },
    outputs: ['CLIP'],
  }),

  ConditioningZeroOut: simulatedNode({
    category: ADVANCED,
    required: { conditioning: conditioning() },
    outputs: ['CONDITIONING'],
  }),

  ConditioningCombine: simulatedNode({
    category: 'conditioning',
    title: 'Conditioning (Combine)',
    required: { conditioning_1: conditioning(), conditioning_2: conditioning() },
    outputs: ['CONDITIONING'],
  }),

  ConditioningConcat: simulatedNode({
    category: 'conditioning',
    title: 'Conditioning (Concat)',
    required: { conditioning_to: conditioning(), conditioning_from: conditioning() },
    outputs: ['CONDITIONING'],
  }),

  ConditioningAverage: simulatedNode({
    category: 'conditioning',
    title: 'Conditioning (Average)',
    required: {
      conditioning_to: conditioning(),
      conditioning_from: conditioning(),
      conditioning_to_strength: float({ default: 1, min: 0, max: 1, step: 0.01 }),
    },
    outputs: ['CONDITIONING'],
  }),

  ConditioningSetTimestepRange: simulatedNode({
    category: ADVANCED,
    required: {
      conditioning: conditioning(),
      start: float({ default: 0, ...PERCENT }),
      end: float({ default: 1, ...PERCENT }),
    },
    outputs: ['CONDITIONING'],
  }),

  FluxGuidance: simulatedNode({
    module: 'comfy_extras.nodes_flux',
    category: 'advanced/conditioning/flux',
    required: { conditioning: conditioning(), guidance: float(GUIDANCE) },
    outputs: ['CONDITIONING'],
  }),

  ControlNetApply: simulatedNode({
    category: 'conditioning/controlnet',
    title: 'Apply ControlNet (OLD)',
    deprecated: true,
    required: {
      conditioning: conditioning(),
      control_net: controlNet(),
      image: image(),
      strength: float({ default: 1, min: 0, max: 10, step: 0.01 }),
    },
    outputs: ['CONDITIONING'],
  }),

  ControlNetApplyAdvanced: simulatedNode({
    category: 'conditioning/controlnet',
    title: 'Apply ControlNet',
    required: {
      positive: conditioning(),
      negative: conditioning(),
      control_net: controlNet(),
      image: image(),
      strength: float({ default: 1, min: 0, max: 10, step: 0.01 }),
      start_percent: float({ default: 0, ...PERCENT }),
      end_percent: float({ default: 1, ...PERCENT }),
    },
    optional: { vae: vae() },
    outputs: ['CONDITIONING', 'CONDITIONING'],
    outputNames: ['positive', 'negative'],
  }),

  CLIPVisionEncode: simulatedNode({
    category: 'conditioning',
    title: 'CLIP Vision Encode',
    required: {
      clip_vision: opaque('CLIP_VISION')(),
      image: image(),
      crop: choice(['center', 'none']),
    },
    outputs: ['CLIP_VISION_OUTPUT'],
  }),

  StyleModelApply: simulatedNode({
    category: 'conditioning/style_model',
    title: 'Apply Style Model',
    required: {
      conditioning: conditioning(),
      style_model: opaque('STYLE_MODEL')(),
      clip_vision_output: opaque('CLIP_VISION_OUTPUT')(),
      strength: float({ default: 1, min: 0, max: 10, step: 0.001 }),
      strength_type: choice(['multiply', 'attn_bias']),
    },
    outputs: ['CONDITIONING'],
  }),
} satisfies NodeTable;
