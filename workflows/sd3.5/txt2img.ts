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

const CHECKPOINT = 'sd3.5_medium.safetensors';

/** This family's own checkpoint where it is installed; otherwise the one of the warm-up prompt. */
function defaultCheckpoint(): string {
  const isInstalled = config.models.checkpoints.all.includes(CHECKPOINT);
  return isInstalled ? CHECKPOINT : (config.warmupCkpt ?? CHECKPOINT);
}

const RequestSchema = z.object({
  prompt: z.string().describe('What the picture shows'),
  negative_prompt: z.string().default('').describe('What it should not show'),
  width: z
    .int()
    .min(16)
    .max(16384)
    .multipleOf(16)
    .default(1024)
    .describe('Width in pixels, a multiple of 16'),
  height: z
    .int()
    .min(16)
    .max(16384)
    .multipleOf(16)
    .default(1024)
    .describe('Height in pixels, a multiple of 16'),
  seed: z
    .int()
    .min(0)
    .default(() => Math.floor(Math.random() * Number.MAX_SAFE_INTEGER))
    .describe('Same seed, same picture; random if left out'),
  steps: z.int().min(1).max(10000).default(28).describe('Sampling steps'),
  cfg_scale: z.number().min(0).max(100).default(4.5).describe('How closely the prompt is followed'),
  sampler_name: config.samplers.default('euler').describe('Sampler'),
  scheduler: config.schedulers.default('sgm_uniform').describe('Schedule of the noise'),
  checkpoint: config.models.checkpoints.enum
    .default(defaultCheckpoint)
    .describe(
      `Checkpoint to draw with: ${CHECKPOINT} or, where that is not installed, the one of the warm-up prompt`,
    ),
  clip_l: config.models.text_encoders.enum
    .default('clip_l.safetensors')
    .describe('Text encoder CLIP-L'),
  clip_g: config.models.text_encoders.enum
    .default('clip_g.safetensors')
    .describe('Text encoder CLIP-G'),
  t5xxl: config.models.text_encoders.enum
    .default('t5xxl_fp8_e4m3fn.safetensors')
    .describe('Text encoder T5-XXL'),
});

type Input = z.infer<typeof RequestSchema>;

function generateWorkflow(input: Input): ComfyPrompt {
  return {
    checkpoint: {
      class_type: 'CheckpointLoaderSimple',
      inputs: {
        ckpt_name: input.checkpoint,
      },
    },
    clip: {
      class_type: 'TripleCLIPLoader',
      inputs: {
        clip_name1: input.clip_l,
        clip_name2: input.clip_g,
        clip_name3: input.t5xxl,
      },
    },
    positive: {
      class_type: 'CLIPTextEncode',
      inputs: {
        text: input.prompt,
        clip: ['clip', 0],
      },
      _meta: { title: 'Positive prompt' },
    },
    negative: {
      class_type: 'CLIPTextEncode',
      inputs: {
        text: input.negative_prompt,
        clip: ['clip', 0],
      },
      _meta: { title: 'Negative prompt' },
    },
    latent: {
      class_type: 'EmptySD3LatentImage',
      inputs: {
        width: input.width,
        height: input.height,
        batch_size: 1,
      },
    },
    sampler: {
      class_type: 'KSampler',
      inputs: {
        model: ['checkpoint', 0],
        positive: ['positive', 0],
        negative: ['negative', 0],
        latent_image: ['latent', 0],
        seed: input.seed,
        steps: input.steps,
        cfg: input.cfg_scale,
        sampler_name: input.sampler_name,
        scheduler: input.scheduler,
        denoise: 1,
      },
    },
    decode: {
      class_type: 'VAEDecode',
      inputs: {
        samples: ['sampler', 0],
        vae: ['checkpoint', 2],
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
  summary: 'Text to image with Stable Diffusion 3.5',
  description:
    'Draws a picture from a text prompt, with three text encoders of their own. Best at about a megapixel.',
  examples: { lighthouse: { prompt: 'a lighthouse at dawn, soft colours' } },
};
