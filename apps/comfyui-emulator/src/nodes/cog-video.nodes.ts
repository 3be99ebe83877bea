import { decode } from './decoding';
import type { Size } from './image-scale.nodes';
import { emptyLatent } from './latent.nodes';
import { NodeError } from './node-class';
import {
  anything,
  bool,
  choice,
  clip,
  conditioning,
  float,
  int,
  latent,
  longInt,
  MAX_SEED,
  opaque,
  text,
  vae,
} from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import { sample } from './sampling';
import { simulatedNode } from './simulated';
import type { Latent } from './values';

const PACK = { module: 'custom_nodes.ComfyUI-CogVideoXWrapper', category: 'CogVideoWrapper' };
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
        'bertjiazheng/KoolCogVideoX-5b',
        'kijai/CogVideoX-Fun-2b',
        'kijai/CogVideoX-Fun-5b',
        'kijai/CogVideoX-5b-Tora',
        'alibaba-pai/CogVideoX-Fun-V1.1-2b-InP',
        'alibaba-pai/CogVideoX-Fun-V1.1-5b-InP',
        'alibaba-pai/CogVideoX-Fun-V1.1-2b-Pose',
        'alibaba-pai/CogVideoX-Fun-V1.1-5b-Pose',
        'alibaba-pai/CogVideoX-Fun-V1.1-5b-Control',
        'alibaba-pai/CogVideoX-Fun-V1.5-5b-InP',
        'feizhengcong/CogvideoX-Interpolation',
        'NimVideo/cogvideox-2b-img2vid',
      ]),
    },
    optional: {
      precision: choice(['fp16', 'fp32', 'bf16'], { default: 'bf16' }),
      quantization: choice(
        [
          'disabled',
          'fp8_e4m3fn',
          'fp8_e4m3fn_fastmode',
          'torchao_fp8dq',
          'torchao_fp8dqrow',
          'torchao_int8dq',
          'torchao_fp6',
        ],
        { default: 'disabled' },
      ),
      enable_sequential_cpu_offload: bool({ default: false }),
      block_edit: anything('TRANSFORMERBLOCKS'),
      lora: anything('COGLORA'),
      compile_args: anything('COMPILEARGS'),
      attention_mode: choice(
        [
          'sdpa',
          'fused_sdpa',
          'sageattn',
          'fused_sageattn',
          'sageattn_qk_int8_pv_fp8_cuda',
          'sageattn_qk_int8_pv_fp16_cuda',
          'sageattn_qk_int8_pv_fp16_triton',
          'fused_sageattn_qk_int8_pv_fp8_cuda',
          'fused_sageattn_qk_int8_pv_fp16_cuda',
          'fused_sageattn_qk_int8_pv_fp16_triton',
          'comfy',
        ],
        { default: 'sdpa' },
      ),
      load_device: choice(['main_device', 'offload_device'], { default: 'main_device' }),
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

  CogVideoSampler: v1Node({
    ...PACK,
    required: {
      model: opaque('COGVIDEOMODEL')(),
      positive: conditioning(),
      negative: conditioning(),
      num_frames: int({ default: 49, min: 1, max: 1024, step: 1 }),
      steps: int({ default: 50, min: 1 }),
      cfg: float({ default: 6, min: 0, max: 30, step: 0.01 }),
      seed: longInt({ default: 0, min: 0, max: MAX_SEED }),
      scheduler: choice(
        [
          'DPM++',
          'Euler',
          'Euler A',
          'PNDM',
          'DDIM',
          'CogVideoXDDIM',
          'CogVideoXDPMScheduler',
          'SASolverScheduler',
          'UniPCMultistepScheduler',
          'HeunDiscreteScheduler',
          'DEISMultistepScheduler',
          'LCMScheduler',
        ],
        { default: 'CogVideoXDDIM' },
      ),
    },
    optional: {
      samples: latent(),
      image_cond_latents: latent(),
      denoise_strength: float({ default: 1, min: 0, max: 1, step: 0.01 }),
      context_options: anything('COGCONTEXT'),
      controlnet: anything('COGVIDECONTROLNET'),
      tora_trajectory: anything('TORAFEATURES'),
      fastercache: anything('FASTERCACHEARGS'),
      feta_args: anything('FETAARGS'),
      teacache_args: anything('TEACACHEARGS'),
    },
    outputs: ['LATENT'],
    outputNames: ['samples'],
    run: async ({ samples, image_cond_latents, denoise_strength = 1, ...settings }, context) => {
      const { steps, num_frames } = settings;
      const like = image_cond_latents ?? samples;
      if (like === undefined) throw noSize();
      const latent = samples?.animated === true ? samples : emptyVideo(like, num_frames);
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

/** The pack takes the size from its latents: text-to-video links an `EmptyLatentImage` to `samples`. */
function noSize(): NodeError {
  return new NodeError(
    'UnboundLocalError',
    "cannot access local variable 'H' where it is not associated with a value",
  );
}

function emptyVideo(size: Size, frames: number): Latent {
  return { ...emptyLatent(size, 8, frames), animated: true };
}
