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

const CHECKPOINT = 'flux1-schnell-fp8.safetensors';

/** This family's own checkpoint where it is installed; otherwise the one of the warm-up prompt. */
function defaultCheckpoint(): string {
  const isInstalled = config.models.checkpoints.all.includes(CHECKPOINT);
  return isInstalled ? CHECKPOINT : (config.warmupCkpt ?? CHECKPOINT);
}

const RequestSchema = z.object({
  image: z
    .string()
    .describe('Picture to start from: a URL, base64, a data URI, or the name of an input file'),
  prompt: z.string().describe('What the new picture shows'),
  negative_prompt: z
    .string()
    .default('')
    .describe('What it should not show; counts only where cfg_scale is above 1'),
  width: z
    .int()
    .min(0)
    .max(16384)
    .multipleOf(16)
    .default(1024)
    .describe(
      'Width that the picture is scaled to, a multiple of 16; 0 follows the height, and both 0 keep its size',
    ),
  height: z
    .int()
    .min(0)
    .max(16384)
    .multipleOf(16)
    .default(1024)
    .describe(
      'Height that the picture is scaled to, a multiple of 16; 0 follows the width, and both 0 keep its size',
    ),
  upscale_method: z
    .enum(['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos'])
    .default('lanczos')
    .describe('How it is scaled'),
  crop: z
    .enum(['center', 'disabled'])
    .default('center')
    .describe('Cut what does not fit the new shape, or stretch the picture'),
  seed: z
    .int()
    .min(0)
    .default(() => Math.floor(Math.random() * Number.MAX_SAFE_INTEGER))
    .describe('Same seed, same picture; random if left out'),
  steps: z
    .int()
    .min(1)
    .max(10000)
    .default(4)
    .describe('Sampling steps: 4 for Flux schnell, about 20 for Flux dev'),
  guidance: z
    .number()
    .min(0)
    .max(100)
    .default(3.5)
    .describe('How closely Flux dev follows the prompt; Flux schnell takes no notice'),
  cfg_scale: z
    .number()
    .min(0)
    .max(100)
    .default(1)
    .describe('Above 1 the negative prompt counts, at twice the time; Flux is made for 1'),
  sampler_name: config.samplers.default('euler').describe('Sampler'),
  scheduler: config.schedulers.default('simple').describe('Schedule of the noise'),
  denoise: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .describe('How much is redrawn: 0 returns the picture as it is, 1 ignores it'),
  checkpoint: config.models.checkpoints.enum
    .default(defaultCheckpoint)
    .describe(
      `Checkpoint to draw with: ${CHECKPOINT} or, where that is not installed, the one of the warm-up prompt`,
    ),
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
    positive: {
      class_type: 'CLIPTextEncode',
      inputs: {
        text: input.prompt,
        clip: ['checkpoint', 1],
      },
      _meta: { title: 'Positive prompt' },
    },
    negative: {
      class_type: 'CLIPTextEncode',
      inputs: {
        text: input.negative_prompt,
        clip: ['checkpoint', 1],
      },
      _meta: { title: 'Negative prompt' },
    },
    guidance: {
      class_type: 'FluxGuidance',
      inputs: {
        conditioning: ['positive', 0],
        guidance: input.guidance,
      },
    },
    image: {
      class_type: 'LoadImage',
      inputs: {
        image: input.image,
      },
    },
    scaled: {
      class_type: 'ImageScale',
      inputs: {
        image: ['image', 0],
        upscale_method: input.upscale_method,
        width: input.width,
        height: input.height,
        crop: input.crop,
      },
    },
    latent: {
      class_type: 'VAEEncode',
      inputs: {
        pixels: ['scaled', 0],
        vae: ['checkpoint', 2],
      },
    },
    sampler: {
      class_type: 'KSampler',
      inputs: {
        model: ['checkpoint', 0],
        positive: ['guidance', 0],
        negative: ['negative', 0],
        latent_image: ['latent', 0],
        seed: input.seed,
        steps: input.steps,
        cfg: input.cfg_scale,
        sampler_name: input.sampler_name,
        scheduler: input.scheduler,
        denoise: input.denoise,
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
  summary: 'Image to image with Flux',
  description:
    'Scales a picture, then draws it anew after a text prompt. Takes checkpoints that hold the text encoders and the VAE too.',
  examples: {
    winter: { image: 'example.png', prompt: 'the same place in winter, snow on everything' },
  },
};
