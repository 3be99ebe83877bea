import { fileHash, inputFile, LATENT_FILES, resolveAnnotated } from './input-files';
import { readLatentFile, writeLatentFile } from '../media/latent-file';
import { digestOf } from './digest';
import { metadataText, saveFile } from './file-save';
import { choice, float, int, latent, mask, MAX_RESOLUTION, pixels, text } from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import type { Latent } from './values';
import { scaleImage, type Size } from './image-scale.nodes';

const METHODS = ['nearest-exact', 'bilinear', 'area', 'bicubic', 'bislerp'] as const;

/** Latents from nothing and from files, and changes to them. */
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
    run: ({ width, height, batch_size }) => give(emptyLatent({ width, height }, 8, batch_size)),
  }),

  EmptySD3LatentImage: v1Node({
    module: 'comfy_extras.nodes_sd3',
    category: 'latent/sd3',
    required: {
      width: pixels({ default: 1024, min: 16, step: 16 }),
      height: pixels({ default: 1024, min: 16, step: 16 }),
      batch_size: int({ default: 1, min: 1, max: 4096 }),
    },
    outputs: ['LATENT'],
    run: ({ width, height, batch_size }) => give(emptyLatent({ width, height }, 8, batch_size)),
  }),

  LatentUpscale: v1Node({
    category: 'latent',
    title: 'Upscale Latent',
    required: {
      samples: latent(),
      upscale_method: choice(METHODS),
      width: int({ default: 512, min: 0, max: MAX_RESOLUTION, step: 8 }),
      height: int({ default: 512, min: 0, max: MAX_RESOLUTION, step: 8 }),
      crop: choice(['disabled', 'center']),
    },
    outputs: ['LATENT'],
    run: async ({ samples, width, height }) => {
      if (width === 0 && height === 0) return give(samples);
      return give(
        await resizeLatent(samples, {
          width: width || (samples.width * height) / samples.height,
          height: height || (samples.height * width) / samples.width,
        }),
      );
    },
  }),

  LatentUpscaleBy: v1Node({
    category: 'latent',
    title: 'Upscale Latent By',
    required: {
      samples: latent(),
      upscale_method: choice(METHODS),
      scale_by: float({ default: 1.5, min: 0.01, max: 8, step: 0.01 }),
    },
    outputs: ['LATENT'],
    run: async ({ samples, scale_by }) => {
      const { width, height } = samples;
      return give(
        await resizeLatent(samples, { width: width * scale_by, height: height * scale_by }),
      );
    },
  }),

  RepeatLatentBatch: v1Node({
    category: 'latent/batch',
    title: 'Repeat Latent Batch',
    required: { samples: latent(), amount: int({ default: 1, min: 1, max: 64 }) },
    outputs: ['LATENT'],
    run: ({ samples, amount }) => give({ ...samples, frames: samples.frames * amount }),
  }),

  SetLatentNoiseMask: v1Node({
    category: 'latent/inpaint',
    title: 'Set Latent Noise Mask',
    required: { samples: latent(), mask: mask() },
    outputs: ['LATENT'],
    run: ({ samples, mask }) => {
      if (samples.source === undefined) return give(samples);
      const digest = digestOf(samples, mask);
      return give({ ...samples, digest, source: { ...samples.source, mask } });
    },
  }),

  SaveLatent: v1Node({
    category: '_for_testing',
    required: { samples: latent(), filename_prefix: text({ default: 'latents/ComfyUI' }) },
    outputs: [],
    saves: true,
    run: async ({ samples, filename_prefix: prefix }, context) => {
      const content = writeLatentFile(samples, metadataText(context));
      const file = await saveFile({ context, prefix, extension: 'latent' }, content);
      return { outputs: [], ui: { latents: [file] } };
    },
  }),

  LoadLatent: v1Node({
    category: '_for_testing',
    required: { latent: inputFile(LATENT_FILES) },
    outputs: ['LATENT'],
    fingerprint: fileHash('latent'),
    run: async (inputs, { folders }) => {
      const { digest, ...size } = await readLatentFile(resolveAnnotated(inputs.latent, folders));
      const latent = emptyLatent(size, 8, size.frames);
      return give({ ...latent, digest, state: 'sampled' } satisfies Latent);
    },
  }),
} satisfies NodeTable;

/** Zeros whose decoded sides are whole multiples of the VAE's `factor`. */
export function emptyLatent(size: Size, factor: number, frames: number): Latent {
  return {
    kind: 'latent',
    width: wholeMultiple(size.width, factor),
    height: wholeMultiple(size.height, factor),
    frames,
    digest: 'empty',
    state: 'empty',
    animated: false,
  };
}

/** The largest multiple of `factor` that fits, one at least. */
export function wholeMultiple(side: number, factor: number): number {
  return Math.max(1, Math.floor(side / factor)) * factor;
}

async function resizeLatent(latent: Latent, size: Size): Promise<Latent> {
  const width = wholeMultiple(Math.round(size.width / 8) * 8, 8);
  const height = wholeMultiple(Math.round(size.height / 8) * 8, 8);
  const { source } = latent;
  const resized: Latent = { ...latent, width, height };
  if (source === undefined) return resized;
  return { ...resized, source: { ...source, images: await scaleImage(source.images, resized) } };
}
