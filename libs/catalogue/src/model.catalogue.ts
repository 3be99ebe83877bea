import { statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import type { Log } from '@gateway/kernel';

import { walkModels, type ModelFiles } from './model-walk';

/** What an engine answers about its models. */
export interface ModelSource {
  modelFolders(): Promise<readonly string[]>;
  models(folder: string): Promise<readonly string[]>;
}

export interface ModelCatalogueOptions {
  readonly modelDir: string;
  readonly source: ModelSource;
  /** Whether the engine answers now. */
  readonly isEngineReady: () => boolean;
  readonly log: Log;
}

/**
 * The models there are now: those that the engine lists, and those in the model folder. Reading never
 * waits; {@link refresh} looks anew.
 */
export class ModelCatalogue {
  private known: ModelFiles = emptyFolders();
  private pending: Promise<ModelFiles> | undefined;

  constructor(private readonly options: ModelCatalogueOptions) {}

  get modelDir(): string {
    return this.options.modelDir;
  }

  /** As of the last look. */
  get files(): ModelFiles {
    return this.known;
  }

  /** Looks anew; callers that come meanwhile share the answer. Never throws. */
  refresh(): Promise<ModelFiles> {
    this.pending ??= this.look().finally(() => {
      this.pending = undefined;
    });
    return this.pending;
  }

  /** Whether there is such a model, also one that came after the last look. */
  has(type: string, name: string): boolean {
    if (this.files[type]?.includes(name)) return true;
    const folder = join(this.modelDir, type);
    const path = join(folder, name);
    const way = relative(folder, path);
    if (way === '' || way === '..' || way.startsWith(`..${sep}`) || path.includes('\0'))
      return false;
    try {
      return statSync(path).isFile();
    } catch {
      // Not there, or no name at all: too long, or below a file.
      return false;
    }
  }

  private async look(): Promise<ModelFiles> {
    const [onDisk, listed] = await Promise.all([
      walkModels(this.modelDir),
      this.options.isEngineReady() ? this.askEngine() : Promise.resolve({}),
    ]);
    this.known = union(emptyFolders(), onDisk, listed);
    return this.known;
  }

  private async askEngine(): Promise<ModelFiles> {
    const { source, log } = this.options;
    try {
      const folders = await source.modelFolders();
      const listed = await Promise.all(
        folders
          .filter((folder) => folder !== NO_MODELS)
          .map(async (folder) => [folder, await source.models(folder)] as const),
      );
      return Object.fromEntries(listed);
    } catch (error) {
      log.warn({ err: error }, 'the engine did not list its models');
      return {};
    }
  }
}

/** ComfyUI lists its custom nodes among the model folders. */
const NO_MODELS = 'custom_nodes';

/** The folders that ComfyUI 0.3.64 knows without being asked. */
export const COMFYUI_MODEL_FOLDERS = [
  'audio_encoders',
  'checkpoints',
  'classifiers',
  'clip_vision',
  'configs',
  'controlnet',
  'diffusers',
  'diffusion_models',
  'embeddings',
  'gligen',
  'hypernetworks',
  'loras',
  'model_patches',
  'photomaker',
  'style_models',
  'text_encoders',
  'upscale_models',
  'vae',
  'vae_approx',
] as const;

function emptyFolders(): ModelFiles {
  return Object.fromEntries(COMFYUI_MODEL_FOLDERS.map((folder) => [folder, []]));
}

function union(...all: readonly ModelFiles[]): ModelFiles {
  const types = [...new Set(all.flatMap((files) => Object.keys(files)))].sort();
  return Object.fromEntries(
    types.map((type) => [type, [...new Set(all.flatMap((files) => files[type] ?? []))].sort()]),
  );
}
