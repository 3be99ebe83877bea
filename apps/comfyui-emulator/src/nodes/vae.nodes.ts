import { decode } from './decoding';
import { digestOf } from './digest';
import { scaleImage } from './image-scale.nodes';
import { image, latent, vae } from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import type { ImageBatch, Latent, MaskBatch, Opaque } from './values';

/** Between pixels and latents. */
export const vaeNodes = {
  VAEDecode: v1Node({
    category: 'latent',
    title: 'VAE Decode',
    description: 'Decodes latent images back into pixel space images.',
    required: { samples: latent(), vae: vae() },
    outputs: ['IMAGE'],
    run: async ({ samples, vae }) => give(await decode(samples, vae)),
  }),

  VAEEncode: v1Node({
    category: 'latent',
    title: 'VAE Encode',
    required: { pixels: image(), vae: vae() },
    outputs: ['LATENT'],
    run: async ({ pixels, vae }) => give(await encode(pixels, vae)),
  }),
} satisfies NodeTable;

/** A latent that remembers its picture, cut to whole multiples of 8 as the VAE cuts it. */
export async function encode(images: ImageBatch, vae: Opaque, mask?: MaskBatch): Promise<Latent> {
  const width = Math.max(8, Math.floor(images.width / 8) * 8);
  const height = Math.max(8, Math.floor(images.height / 8) * 8);
  const fitted = await scaleImage(images, { width, height }, 'lanczos', true);
  return {
    kind: 'latent',
    width,
    height,
    frames: images.frames.length,
    digest: digestOf('encoded', images, vae, mask),
    state: 'encoded',
    animated: false,
    source: { images: fitted, kept: 1, ...(mask && { mask }) },
  };
}
