import type { z } from 'zod';

/** What workflow files get for `import config from '../config'`. */
export interface AuthorConfig extends AuthorSettings {
  /** Folder of models → its files. Every name answers, also one that has no folder yet. */
  readonly models: Readonly<Record<ModelFolder, AuthorModels> & Record<string, AuthorModels>>;
  /** Those of KSampler, as ComfyUI tells them at the moment. */
  readonly samplers: LiveChoices;
  /** Those of KSampler, as ComfyUI tells them at the moment. */
  readonly schedulers: LiveChoices;
  /** The checkpoint of the warm-up prompt, where there is one. */
  readonly warmupCkpt: string | undefined;
}

/** One folder of models. */
export interface AuthorModels {
  readonly dir: string;
  /** Names of files, relative to the folder, as of now. */
  readonly all: readonly string[];
  readonly enum: LiveChoices;
}

/** An enum whose values are looked up for each request and each look at the documentation. */
export type LiveChoices = z.ZodEnum<Readonly<Record<string, string>>>;

/** The folders that ComfyUI knows by itself; custom nodes add more. */
export type ModelFolder =
  | 'audio_encoders'
  | 'checkpoints'
  | 'clip'
  | 'clip_vision'
  | 'controlnet'
  | 'diffusers'
  | 'diffusion_models'
  | 'embeddings'
  | 'gligen'
  | 'hypernetworks'
  | 'loras'
  | 'model_patches'
  | 'photomaker'
  | 'style_models'
  | 'text_encoders'
  | 'unet'
  | 'upscale_models'
  | 'vae'
  | 'vae_approx';

/** The settings that comfyui-api showed to its workflow files, under its names. */
export interface AuthorSettings {
  readonly apiVersion: string;
  readonly alwaysRestartComfyUI: boolean;
  readonly comfyDir: string;
  readonly comfyHost: string;
  readonly comfyLaunchCmd: string;
  readonly comfyPort: string;
  readonly comfyURL: string;
  readonly inputDir: string;
  readonly outputDir: string;
  readonly modelDir: string;
  readonly logLevel: string;
  readonly markdownSchemaDescriptions: boolean;
  /** Bytes. */
  readonly maxBodySize: number;
  readonly maxQueueDepth: number;
  readonly prependFilenames: boolean;
  readonly promptWebhookRetries: number;
  readonly selfURL: string;
  /** Milliseconds. */
  readonly startupCheckInterval: number;
  readonly startupCheckMaxTries: number;
  readonly systemMetaData: Readonly<Record<string, string>>;
  readonly systemWebhook: string;
  readonly systemWebhookEvents: readonly string[];
  /** A graph in API format. */
  readonly warmupPrompt: object | undefined;
  readonly workflowDir: string;
  readonly wrapperHost: string;
  readonly wrapperPort: number;
}
