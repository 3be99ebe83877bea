export type Graph = Readonly<
  Record<
    string,
    { readonly class_type: string; readonly inputs: Readonly<Record<string, unknown>> }
  >
>;

let seed = 0;

/** Text to image, as somebody would send it; never the same twice. */
export function textToImage(): Graph {
  seed += 1;
  return {
    checkpoint: {
      class_type: 'CheckpointLoaderSimple',
      inputs: { ckpt_name: 'test.safetensors' },
    },
    positive: {
      class_type: 'CLIPTextEncode',
      inputs: { text: 'a lighthouse at dawn, soft colours', clip: ['checkpoint', 1] },
    },
    negative: {
      class_type: 'CLIPTextEncode',
      inputs: { text: 'blurry, low quality, watermark, text', clip: ['checkpoint', 1] },
    },
    latent: {
      class_type: 'EmptyLatentImage',
      inputs: { width: 1024, height: 1024, batch_size: 1 },
    },
    sampler: {
      class_type: 'KSampler',
      inputs: {
        model: ['checkpoint', 0],
        positive: ['positive', 0],
        negative: ['negative', 0],
        latent_image: ['latent', 0],
        seed,
        steps: 25,
        cfg: 7,
        sampler_name: 'dpmpp_2m',
        scheduler: 'karras',
        denoise: 1,
      },
    },
    decode: {
      class_type: 'VAEDecode',
      inputs: { samples: ['sampler', 0], vae: ['checkpoint', 2] },
    },
    save: {
      class_type: 'SaveImage',
      inputs: { images: ['decode', 0], filename_prefix: 'bench' },
    },
  };
}

/** A picture of the client's, saved again. */
export function imageToImage(image: string): Graph {
  seed += 1;
  return {
    load: { class_type: 'LoadImage', inputs: { image } },
    save: {
      class_type: 'SaveImage',
      inputs: { images: ['load', 0], filename_prefix: `again-${seed}` },
    },
  };
}
