/** What flows along links. Pixels are 8-bit, row by row, interleaved. */
export type EmulatedValue = ImageBatch | MaskBatch | Latent | Video | Audio | Opaque;

/** IMAGE: frames of one size, 3 (RGB) or 4 (RGBA) channels. */
export interface ImageBatch {
  readonly kind: 'image';
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly frames: readonly Buffer[];
}

/** MASK: one byte a pixel. */
export interface MaskBatch {
  readonly kind: 'mask';
  readonly width: number;
  readonly height: number;
  readonly frames: readonly Buffer[];
}

/** LATENT: sizes are those of the picture it decodes to. `digest` stands for the tensor's content. */
export interface Latent {
  readonly kind: 'latent';
  readonly width: number;
  readonly height: number;
  /** Batch size; for video the number of frames it decodes to. */
  readonly frames: number;
  readonly digest: string;
  /** `empty` decodes to grey, `sampled` to a painted scene, `encoded` to its source. */
  readonly state: 'empty' | 'sampled' | 'encoded';
  /** Frames are moments of one scene rather than several scenes. */
  readonly animated: boolean;
  /** The picture it was encoded from, which an image-to-image result still resembles. */
  readonly source?: LatentSource;
  /** Length of the sound it decodes to, for latents of audio models. */
  readonly durationS?: number;
}

export interface LatentSource {
  readonly images: ImageBatch;
  /** How much of the picture sampling has left, 0 to 1. */
  readonly kept: number;
  /** Where sampling may paint (inpainting); everywhere when absent. */
  readonly mask?: MaskBatch;
}

export interface Video {
  readonly kind: 'video';
  readonly images: ImageBatch;
  readonly fps: number;
  readonly audio?: Audio;
}

export interface Audio {
  readonly kind: 'audio';
  readonly sampleRate: number;
  readonly channels: number;
  readonly durationS: number;
  readonly digest: string;
}

/** MODEL, CLIP, VAE, CONDITIONING, …: only its type and a digest of how it came about. */
export interface Opaque {
  readonly kind: 'opaque';
  readonly type: string;
  readonly digest: string;
  /** What later nodes need to know of a schedule of noise (SIGMAS). */
  readonly schedule?: { readonly steps: number; readonly denoise: number };
  /** A motion model is part of it: a batch sampled with it is one moving scene. */
  readonly animates?: true;
  /** How much an UPSCALE_MODEL enlarges. */
  readonly scale?: number;
}
