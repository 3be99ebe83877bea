import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

import type { Folders } from '../folders';
import { choice, type NodeInput } from './node-input';

/** Kind of model → the folders below `models` that ComfyUI searches for it. */
const MODEL_FOLDERS = {
  checkpoints: ['checkpoints'],
  loras: ['loras'],
  vae: ['vae'],
  text_encoders: ['text_encoders', 'clip'],
  diffusion_models: ['unet', 'diffusion_models'],
  clip_vision: ['clip_vision'],
  style_models: ['style_models'],
  controlnet: ['controlnet', 't2i_adapter'],
  upscale_models: ['upscale_models'],
  animatediff_models: ['animatediff_models'],
  CogVideo: ['CogVideo'],
} satisfies Readonly<Record<string, readonly string[]>>;

export type ModelKind = keyof typeof MODEL_FOLDERS;

/** A combo over the model files of one kind. */
export function modelFile(kind: ModelKind, builtIn: readonly string[] = []): NodeInput<string> {
  return choice((folders) => [...listModels(kind, folders), ...builtIn]);
}

/** Model files of a kind, with their sub-folders, sorted; as `GET /models/{kind}` lists them. */
export function listModels(kind: ModelKind, folders: Folders): readonly string[] {
  const names = MODEL_FOLDERS[kind].flatMap((folder) => modelsBelow(join(folders.models, folder)));
  return [...new Set(names)].sort();
}

const MODEL_EXTENSIONS = /\.(?:safetensors|sft|ckpt|pth|pt2?|bin|pkl)$/i;

function modelsBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory() && MODEL_EXTENSIONS.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
