import { decode } from './decoding';
import { digestOf } from './digest';
import { scaleImage } from './image-scale.nodes';
import { wholeMultiple } from './latent.nodes';
import { bool, conditioning, image, int, latent, mask, opaque, vae } from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import { opaqueValue } from './simulated';
import type { ImageBatch, Latent, MaskBatch, Opaque } from './values';

/** Tiling changes how much memory a VAE takes, and nothing that shows. */
const TILING = {
  tile_size: int({ default: 512, min: 64, max: 4096, step: 32 }),
  overlap: int({ default: 64, min: 0, max: 4096, step: 32 }),
  temporal_size: int({ default: 64, min: 8, max: 4096, step: 4 }),
  temporal_overlap: int({ default: 8, min: 4, max: 4096, step: 4 }),
};

/** Between pixels and latents, and between small and large pictures. */
export const vaeNodes = {
  VAEDecode: v1Node({
    category: 'latent',
    title: 'VAE Decode',
    description: 'Decodes latent images back into pixel space images.',
    required: { samples: latent(), vae: vae() },
    outputs: ['IMAGE'],
    run: async ({ samples, vae }) => give(await decode(samples, vae)),
  }),

  VAEDecodeTiled: v1Node({
    category: '_for_testing',
    title: 'VAE Decode (Tiled)',
    required: { samples: latent(), vae: vae(), ...TILING },
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

  VAEEncodeTiled: v1Node({
    category: '_for_testing',
    title: 'VAE Encode (Tiled)',
    required: { pixels: image(), vae: vae(), ...TILING },
    outputs: ['LATENT'],
    run: async ({ pixels, vae }) => give(await encode(pixels, vae)),
  }),

  VAEEncodeForInpaint: v1Node({
    category: 'latent/inpaint',
    title: 'VAE Encode (for Inpainting)',
    required: {
      pixels: image(),
      vae: vae(),
      mask: mask(),
      grow_mask_by: int({ default: 6, min: 0, max: 64, step: 1 }),
    },
    outputs: ['LATENT'],
    run: async ({ pixels, vae, mask }) => give(await encode(pixels, vae, mask)),
  }),

  InpaintModelConditioning: v1Node({
    category: 'conditioning/inpaint',
    required: {
      positive: conditioning(),
      negative: conditioning(),
      vae: vae(),
      pixels: image(),
      mask: mask(),
      noise_mask: bool({ default: true }),
    },
    outputs: ['CONDITIONING', 'CONDITIONING', 'LATENT'],
    outputNames: ['positive', 'negative', 'latent'],
    run: async ({ positive, negative, vae, pixels, mask, noise_mask }) =>
      give(
        opaqueValue('CONDITIONING', positive, pixels, mask),
        opaqueValue('CONDITIONING', negative, pixels, mask),
        await encode(pixels, vae, noise_mask ? mask : undefined),
      ),
  }),

  ImageUpscaleWithModel: v1Node({
    module: 'comfy_extras.nodes_upscale_model',
    category: 'image/upscaling',
    title: 'Upscale Image (using Model)',
    required: { upscale_model: opaque('UPSCALE_MODEL')(), image: image() },
    outputs: ['IMAGE'],
    run: async ({ upscale_model: { scale = 4 }, image }) => {
      const size = { width: image.width * scale, height: image.height * scale };
      return give(await scaleImage(image, size, 'lanczos'));
    },
  }),
} satisfies NodeTable;

/** A latent that remembers its picture, cut to whole multiples of 8 as the VAE cuts it. */
async function encode(images: ImageBatch, vae: Opaque, mask?: MaskBatch): Promise<Latent> {
  const size = { width: wholeMultiple(images.width, 8), height: wholeMultiple(images.height, 8) };
  const fitted = await scaleImage(images, size, 'lanczos', true);
  return {
    kind: 'latent',
    ...size,
    frames: images.frames.length,
    digest: digestOf('encoded', images, vae, mask),
    state: 'encoded',
    animated: false,
    source: { images: fitted, kept: 1, ...(mask && { mask }) },
  };
}
