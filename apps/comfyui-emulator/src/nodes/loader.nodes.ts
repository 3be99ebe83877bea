import { modelFile } from './model-files';
import { simulatedNode } from './simulated';
import type { NodeTable } from './node-spec';

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
} satisfies NodeTable;
