import { modelFile } from './model-files';
import { choice, clip, float, model } from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import { opaqueValue, simulatedNode } from './simulated';

const ADVANCED = 'advanced/loaders';
const STRENGTH = { default: 1, min: -100, max: 100, step: 0.01 };
const DEVICE = { device: choice(['default', 'cpu'], { advanced: true }) };

/** Model files; only their names matter here. */
export const loaderNodes = {
  CheckpointLoaderSimple: simulatedNode({
    category: 'loaders',
    title: 'Load Checkpoint',
    description:
      'Loads a diffusion model checkpoint, diffusion models are used to denoise latents.',
    required: { ckpt_name: modelFile('checkpoints') },
    outputs: ['MODEL', 'CLIP', 'VAE'],
  }),

  UNETLoader: simulatedNode({
    category: ADVANCED,
    title: 'Load Diffusion Model',
    required: {
      unet_name: modelFile('diffusion_models'),
      weight_dtype: choice(['default', 'fp8_e4m3fn', 'fp8_e4m3fn_fast', 'fp8_e5m2']),
    },
    outputs: ['MODEL'],
  }),

  CLIPLoader: simulatedNode({
    category: ADVANCED,
    title: 'Load CLIP',
    required: {
      clip_name: modelFile('text_encoders'),
      type: choice([
        'stable_diffusion',
        'stable_cascade',
        'sd3',
        'stable_audio',
        'mochi',
        'ltxv',
        'pixart',
        'cosmos',
        'lumina2',
        'wan',
        'hidream',
        'chroma',
        'ace',
        'omnigen2',
        'qwen_image',
        'hunyuan_image',
      ]),
    },
    optional: DEVICE,
    outputs: ['CLIP'],
  }),

  DualCLIPLoader: simulatedNode({
    category: ADVANCED,
    title: 'DualCLIPLoader',
    required: {
      clip_name1: modelFile('text_encoders'),
      clip_name2: modelFile('text_encoders'),
      type: choice(['sdxl', 'sd3', 'flux', 'hunyuan_video', 'hidream', 'hunyuan_image']),
    },
    optional: DEVICE,
    outputs: ['CLIP'],
  }),

  TripleCLIPLoader: simulatedNode({
    module: 'comfy_extras.nodes_sd3',
    category: ADVANCED,
    required: {
      clip_name1: modelFile('text_encoders'),
      clip_name2: modelFile('text_encoders'),
      clip_name3: modelFile('text_encoders'),
    },
    outputs: ['CLIP'],
  }),

  VAELoader: simulatedNode({
    category: 'loaders',
    title: 'Load VAE',
    required: { vae_name: modelFile('vae', ['pixel_space']) },
    outputs: ['VAE'],
  }),

  LoraLoader: simulatedNode({
    category: 'loaders',
    title: 'Load LoRA',
    required: {
      model: model(),
      clip: clip(),
      lora_name: modelFile('loras'),
      strength_model: float(STRENGTH),
      strength_clip: float(STRENGTH),
    },
    outputs: ['MODEL', 'CLIP'],
  }),

  LoraLoaderModelOnly: simulatedNode({
    category: 'loaders',
    required: {
      model: model(),
      lora_name: modelFile('loras'),
      strength_model: float(STRENGTH),
    },
    outputs: ['MODEL'],
  }),

  ControlNetLoader: simulatedNode({
    category: 'loaders',
    title: 'Load ControlNet Model',
    required: { control_net_name: modelFile('controlnet') },
    outputs: ['CONTROL_NET'],
  }),

  CLIPVisionLoader: simulatedNode({
    category: 'loaders',
    title: 'Load CLIP Vision',
    required: { clip_name: modelFile('clip_vision') },
    outputs: ['CLIP_VISION'],
  }),

  StyleModelLoader: simulatedNode({
    category: 'loaders',
    title: 'Load Style Model',
    required: { style_model_name: modelFile('style_models') },
    outputs: ['STYLE_MODEL'],
  }),

  UpscaleModelLoader: v1Node({
    module: 'comfy_extras.nodes_upscale_model',
    category: 'loaders',
    title: 'Load Upscale Model',
    required: { model_name: modelFile('upscale_models') },
    outputs: ['UPSCALE_MODEL'],
    run: ({ model_name }) =>
      give({ ...opaqueValue('UPSCALE_MODEL', model_name), scale: scaleOf(model_name) }),
  }),
} satisfies NodeTable;

/** Upscale models say in their name how much they enlarge: `4x-UltraSharp`, `RealESRGAN_x2plus`. */
function scaleOf(name: string): number {
  const found = /(?:^|[^\d])([1248])x|x([1248])(?!\d)/i.exec(name);
  return Number(found?.[1] ?? found?.[2] ?? 4);
}
