import { int, pixels } from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import type { Latent } from './values';

/** Latents from nothing, and changes to them. */
export const latentNodes = {
  EmptyLatentImage: v1Node({
    category: 'latent',
    title: 'Empty Latent Image',
    description: 'Create a new batch of empty latent images to be denoised via sampling.',
    required: {
      width: pixels({ min: 16, step: 8 }),
      height: pixels({ min: 16, step: 8 }),
      batch_size: int({ default: 1, min: 1, max: 4096 }),
    },
    outputs: ['LATENT'],
    run: ({ width, height, batch_size }) => give(emptyLatent(width, height, 8, batch_size)),
  }),
} satisfies NodeTable;

/** Zeros whose decoded sides are whole multiples of the VAE's `factor`. */
export function emptyLatent(
  width: number,
  height: number,
  factor: number,
  frames: number,
  animated = false,
): Latent {
  return {
    kind: 'latent',
    width: Math.floor(width / factor) * factor,
    height: Math.floor(height / factor) * factor,
    frames,
    digest: 'empty',
    state: 'empty',
    animated,
  };
}
