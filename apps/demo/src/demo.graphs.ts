/** Name of the checkpoint file that the demo puts into the emulator's model folder. */
export const CHECKPOINT = 'demo.safetensors';

const STEPS = 20;

/** Text to image: 512 × 512. */
export function textToImage(text: string, seed: number): object {
  return {
    '1': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: CHECKPOINT } },
    '2': { class_type: 'CLIPTextEncode', inputs: { text, clip: ['1', 1] } },
    '3': { class_type: 'CLIPTextEncode', inputs: { text: 'blurry', clip: ['1', 1] } },
    '4': { class_type: 'EmptyLatentImage', inputs: { width: 512, height: 512, batch_size: 1 } },
    '5': { class_type: 'KSampler', inputs: sampling(seed, 1, ['4', 0]) },
    '6': { class_type: 'VAEDecode', inputs: { samples: ['5', 0], vae: ['1', 2] } },
    '7': { class_type: 'SaveImage', inputs: { images: ['6', 0], filename_prefix: 'txt2img' } },
  };
}

/** Image to image: the picture goes in as base64. */
export function imageToImage(text: string, seed: number, imageBase64: string): object {
  return {
    ...textToImage(text, seed),
    '4': { class_type: 'LoadImage', inputs: { image: imageBase64 } },
    '8': { class_type: 'VAEEncode', inputs: { pixels: ['4', 0], vae: ['1', 2] } },
    '5': { class_type: 'KSampler', inputs: sampling(seed, 0.6, ['8', 0]) },
    '7': { class_type: 'SaveImage', inputs: { images: ['6', 0], filename_prefix: 'img2img' } },
  };
}

function sampling(seed: number, denoise: number, latent: readonly [string, number]): object {
  return {
    model: ['1', 0],
    positive: ['2', 0],
    negative: ['3', 0],
    latent_image: latent,
    seed,
    steps: STEPS,
    cfg: 7,
    sampler_name: 'euler',
    scheduler: 'normal',
    denoise,
  };
}
