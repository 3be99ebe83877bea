import type { Candidate } from './candidate';
import type { GraphReading } from './graph-reading';
import type { InputKind } from './request-input';
import type { Product } from './product';

/** What to tell about an input: our words where ComfyUI's are about nodes, its tooltip elsewhere. */
export function describeInput(
  candidate: Candidate,
  reading: GraphReading,
  product: Product,
): string {
  const { kind, config, consumer } = candidate;
  const title = UPLOADS.has(kind) ? reading.title(consumer.nodeId) : undefined;
  if (title !== undefined) return `${title}: ${FILE_FORMS}`;
  const tooltip = config[1]?.['tooltip'];
  return TOOLTIPS_ABOUT_NODES.has(kind) || typeof tooltip !== 'string' || tooltip.trim() === ''
    ? WORDS[kind](product, candidate)
    : tidy(tooltip);
}

const FILE_FORMS = 'a URL, base64, a data URI, or the name of a file in the input folder';

const WORDS = {
  prompt: ({ noun }) => `What the ${noun} shows`,
  negative_prompt: () => 'What it should not show',
  image: ({ sources }, { consumer }) =>
    `Picture to ${sources.has(consumer.nodeId) ? 'start from' : 'go by'}: ${FILE_FORMS}`,
  mask: () => `Mask: ${FILE_FORMS}`,
  video: () => `Video to start from: ${FILE_FORMS}`,
  audio: () => `Audio to start from: ${FILE_FORMS}`,
  file: () => `File to start from: ${FILE_FORMS}`,
  width: () => 'Width in pixels',
  height: () => 'Height in pixels',
  length: () => 'Number of frames',
  num_frames: () => 'Number of frames',
  seconds: () => 'Duration in seconds',
  batch_size: ({ batchIsFrames, noun }) =>
    batchIsFrames
      ? 'Number of frames'
      : `How many ${noun === 'audio' ? 'tracks' : `${noun}s`} to make`,
  seed: ({ noun }) => `Same seed, same ${noun}; random if left out`,
  steps: () => 'Sampling steps',
  cfg_scale: () => 'How closely the prompt is followed',
  guidance: () => 'Guidance: how closely the prompt is followed',
  sampler_name: () => 'Sampler',
  scheduler: () => 'Schedule of the noise',
  denoise: () => 'How much is drawn anew: 0 keeps what was there, 1 takes no notice of it',
  model: (_, { folder = '' }) => MODEL_WORDS[folder] ?? `Model, a file of models/${folder}`,
  frame_rate: () => 'Frames per second',
  format: () => 'Format of the file',
} satisfies Record<InputKind, (product: Product, candidate: Candidate) => string>;

const MODEL_WORDS: Readonly<Record<string, string>> = {
  checkpoints: 'Checkpoint to draw with',
  diffusion_models: 'Diffusion model to draw with',
  text_encoders: 'Text encoder',
  vae: 'VAE',
  loras: 'LoRA',
  controlnet: 'ControlNet',
  clip_vision: 'Vision model that looks at pictures',
  style_models: 'Style model',
  upscale_models: 'Model that makes the picture larger',
  animatediff_models: 'Motion model',
};

const UPLOADS: ReadonlySet<InputKind> = new Set(['image', 'mask', 'video', 'audio', 'file']);

/** What ComfyUI says of these is about wires: "The text to be encoded." */
const TOOLTIPS_ABOUT_NODES: ReadonlySet<InputKind> = new Set([
  ...UPLOADS,
  'prompt',
  'negative_prompt',
  'width',
  'height',
  'seed',
  'model',
  'batch_size',
]);

function tidy(tooltip: string): string {
  return tooltip.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
}
