import { decode } from './decoding';
import { emptyLatent } from './latent.nodes';
import {
  anything,
  bool,
  choice,
  clip,
  conditioning,
  float,
  int,
  latent,
  opaque,
  seed,
  text,
  vae,
} from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import { sample } from './sampling';
import { simulatedNode } from './simulated';
import type { Latent } from './values';

const PACK = { module: 'custom_nodes.ComfyUI-CogVideoXWrapper', category: 'CogVideoWrapper' };
const SIDE = { min: 128, max: 2048, step: 8 };
const TILE = { min: 16, max: 2048, step: 8 };
const OVERLAP = { default: 0.2, min: 0, max: 1, step: 0.001 };

/** The nodes of the CogVideoX wrapper that its text-to-video workflows use. */
export const cogVideoNodes = {
  DownloadAndLoadCogVideoModel: simulatedNode({
    ...PACK,
    required: {
      model: choice([
        'THUDM/CogVideoX-2b',
        'THUDM/CogVideoX-5b',
        'THUDM/CogVideoX-5b-I2V',
        'kijai/CogVideoX-5b-1.5-T2V',
        'kijai/CogVideoX-5b-1.5-I2V',
      ]),
    },
    optional: {
      precision: choice(['fp16', 'fp32', 'bf16'], { default: 'bf16' }),
      quantization: choice(['disabled', 'fp8_e4m3fn', 'fp8_e4m3fn_fastmode', 'torchao_fp8dq'], {
        default: 'disabled',
      }),
      enable_sequential_cpu_offload: bool({ default: false }),
    },
    outputs: ['COGVIDEOMODEL', 'VAE'],
    outputNames: ['model', 'vae'],
  }),

  CogVideoTextEncode: simulatedNode({
    ...PACK,
    required: { clip: clip(), prompt: text({ default: '', multiline: true }) },
    optional: {
      strength: float({ default: 1, min: 0, max: 10, step: 0.01 }),
      force_offload: bool({ default: true }),
    },
    outputs: ['CONDITIONING', 'CLIP'],
    outputNames: ['conditioning', 'clip'],
  }),

  CogVideoEmptyLatents: v1Node({
    ...PACK,
    required: {
      width: int({ default: 720, ...SIDE }),
      height: int({ default: 480, ...SIDE }),
      num_frames: int({ default: 49, min: 1, max: 1024, step: 1 }),
    },
    outputs: ['LATENT'],
    outputNames: ['samples'],
    run: ({ width, height, num_frames }) => give(emptyVideo(width, height, num_frames)),
  }),

  CogVideoSampler: v1Node({
    ...PACK,
    required: {
      model: opaque('COGVIDEOMODEL')(),
      positive: conditioning(),
      negative: conditioning(),
      num_frames: int({ default: 49, min: 1, max: 1024, step: 1 }),
      steps: int({ default: 50, min: 1 }),
      cfg: float({ default: 6, min: 0, max: 30, step: 0.01 }),
      seed: seed(),
      scheduler: choice(['CogVideoXDDIM', 'CogVideoXDPMScheduler', 'DPM++', 'Euler', 'LCM'], {
        default: 'CogVideoXDDIM',
      }),
    },
    optional: {
      samples: latent(),
      image_cond_latents: latent(),
      denoise_strength: float({ default: 1, min: 0, max: 1, step: 0.01 }),
      context_options: anything('COGCONTEXT'),
    },
    outputs: ['LATENT'],
    outputNames: ['samples'],
    run: async ({ samples, image_cond_latents, denoise_strength = 1, ...settings }, context) => {
      const { steps, num_frames } = settings;
      const like = samples ?? image_cond_latents ?? { width: 720, height: 480 };
      const latent = samples ?? emptyVideo(like.width, like.height, num_frames);
      const origin = { ...settings, image_cond_latents };
      return give(await sample({ latent, steps, denoise: denoise_strength, origin }, context));
    },
  }),

  CogVideoDecode: v1Node({
    ...PACK,
    required: {
      vae: vae(),
      samples: latent(),
      enable_vae_tiling: bool({ default: true }),
      tile_sample_min_height: int({ default: 240, ...TILE }),
      tile_sample_min_width: int({ default: 360, ...TILE }),
      tile_overlap_factor_height: float(OVERLAP),
      tile_overlap_factor_width: float(OVERLAP),
      auto_tile_size: bool({ default: true }),
    },
    outputs: ['IMAGE'],
    outputNames: ['images'],
    run: async ({ samples, vae }) => give(await decode(samples, vae)),
  }),
} satisfies NodeTable;

function emptyVideo(width: number, height: number, frames: number): Latent {
  return { ...emptyLatent({ width, height }, 8, frames), animated: true };
}
