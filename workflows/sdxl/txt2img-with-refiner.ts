import { z } from 'zod';
import config from '../config';

/** The output of another node: its id, and which of its outputs. */
type Link = [node: string, output: number];

interface ComfyNode {
  class_type: string;
  inputs: Record<string, string | number | boolean | Link>;
  _meta?: { title: string };
}

type ComfyPrompt = Record<string, ComfyNode>;

const CHECKPOINT = 'sd_xl_base_1.0.safetensors';
const REFINER = 'sd_xl_refiner_1.0.safetensors';

/** This family's own checkpoint where it is installed; otherwise the one of the warm-up prompt. */
function defaultCheckpoint(): string {
  const isInstalled = config.models.checkpoints.all.includes(CHECKPOINT);
  return isInstalled ? CHECKPOINT : (config.warmupCkpt ?? CHECKPOINT);
}

const RequestSchema = z.object({
  prompt: z.string().describe('What the picture shows'),
  negative_prompt: z
    .string()
    .default('blurry, low quality, watermark, text')
    .describe('What it should not show'),
  width: z
    .int()
    .min(16)
    .max(16384)
    .multipleOf(8)
    .default(1024)
    .describe('Width in pixels, a multiple of 8'),
  height: z
    .int()
    .min(16)
    .max(16384)
    .multipleOf(8)
    .default(1024)
    .describe('Height in pixels, a multiple of 8'),
  seed: z
    .int()
    .min(0)
    .default(() => Math.floor(Math.random() * Number.MAX_SAFE_INTEGER))
    .describe('Same seed, same picture; random if left out'),
  steps: z.int().min(1).max(10000).default(25).describe('Sampling steps of both models together'),
  refiner_start: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .describe('Share of the steps that the base model does before the refiner goes on'),
  cfg_scale: z.number().min(0).max(100).default(8).describe('How closely the prompt is followed'),
  sampler_name: config.samplers.default('euler').describe('Sampler'),
  scheduler: config.schedulers.default('normal').describe('Schedule of the noise'),
  checkpoint: config.models.checkpoints.enum
    .default(defaultCheckpoint)
    .describe(
      `Base model: ${CHECKPOINT} or, where that is not installed, the one of the warm-up prompt`,
    ),
  refiner_checkpoint: config.models.checkpoints.enum.default(REFINER).describe('Refiner'),
});

type Input = z.infer<typeof RequestSchema>;

function generateWorkflow(input: Input): ComfyPrompt {
  const baseSteps = Math.max(1, Math.round(input.steps * input.refiner_start));
  return {
    base: {
      class_type: 'CheckpointLoaderSimple',
      inputs: {
        ckpt_name: input.checkpoint,
      },
      _meta: { title: 'Base model' },
    },
    refiner: {
      class_type: 'CheckpointLoaderSimple',
      inputs: {
        ckpt_name: input.refiner_checkpoint,
      },
      _meta: { title: 'Refiner' },
    },
    'base-positive': {
      class_type: 'CLIPTextEncode',
      inputs: {
        text: input.prompt,
        clip: ['base', 1],
      },
      _meta: { title: 'Positive prompt (base)' },
    },
    'base-negative': {
      class_type: 'CLIPTextEncode',
      inputs: {
        text: input.negative_prompt,
        clip: ['base', 1],
      },
      _meta: { title: 'Negative prompt (base)' },
    },
    'refiner-positive': {
      class_type: 'CLIPTextEncode',
      inputs: {
        text: input.prompt,
        clip: ['refiner', 1],
      },
      _meta: { title: 'Positive prompt (refiner)' },
    },
    'refiner-negative': {
      class_type: 'CLIPTextEncode',
      inputs: {
        text: input.negative_prompt,
        clip: ['refiner', 1],
      },
      _meta: { title: 'Negative prompt (refiner)' },
    },
    latent: {
      class_type: 'EmptyLatentImage',
      inputs: {
        width: input.width,
        height: input.height,
        batch_size: 1,
      },
    },
    'base-sampler': {
      class_type: 'KSamplerAdvanced',
      inputs: {
        model: ['base', 0],
        positive: ['base-positive', 0],
        negative: ['base-negative', 0],
        latent_image: ['latent', 0],
        add_noise: 'enable',
        noise_seed: input.seed,
        steps: input.steps,
        cfg: input.cfg_scale,
        sampler_name: input.sampler_name,
        scheduler: input.scheduler,
        start_at_step: 0,
        end_at_step: baseSteps,
        return_with_leftover_noise: 'enable',
      },
      _meta: { title: 'Sample (base)' },
    },
    'refiner-sampler': {
      class_type: 'KSamplerAdvanced',
      inputs: {
        model: ['refiner', 0],
        positive: ['refiner-positive', 0],
        negative: ['refiner-negative', 0],
        latent_image: ['base-sampler', 0],
        add_noise: 'disable',
        noise_seed: input.seed,
        steps: input.steps,
        cfg: input.cfg_scale,
        sampler_name: input.sampler_name,
        scheduler: input.scheduler,
        start_at_step: baseSteps,
        end_at_step: 10000,
        return_with_leftover_noise: 'disable',
      },
      _meta: { title: 'Sample (refiner)' },
    },
    decode: {
      class_type: 'VAEDecode',
      inputs: {
        samples: ['refiner-sampler', 0],
        vae: ['refiner', 2],
      },
    },
    save: {
      class_type: 'SaveImage',
      inputs: {
        images: ['decode', 0],
        filename_prefix: 'ComfyUI',
      },
    },
  };
}

export default {
  RequestSchema,
  generateWorkflow,
  summary: 'Text to image with Stable Diffusion XL and its refiner',
  description: 'The base model begins a picture, and the refiner finishes its details.',
  examples: { lighthouse: { prompt: 'a lighthouse at dawn, soft colours' } },
};
