import { join } from 'node:path';

import { listModels, modelFolders, type ModelFolder } from '../files/model.folders';
import type { Folders } from '../folders';
import { choice, type NodeInput } from './node-input';

/** A kind of model: one of ComfyUI's own, or of a custom pack that registers its folder. */
export type ModelKind =
  | 'checkpoints'
  | 'loras'
  | 'vae'
  | 'text_encoders'
  | 'diffusion_models'
  | 'clip_vision'
  | 'style_models'
  | 'controlnet'
  | 'upscale_models'
  | 'animatediff_models';

/** A combo over the model files of one kind, and what the class offers without a file. */
export function modelFile(kind: ModelKind, builtIn: readonly string[] = []): NodeInput<string> {
  return choice((folders) => [...listModels(folderOf(kind, folders)), ...builtIn]);
}

function folderOf(kind: ModelKind, folders: Folders): ModelFolder {
  const known = modelFolders(folders).find(({ key }) => key === kind);
  return known ?? { key: kind, paths: [join(folders.models, kind)], extensions: PACK_EXTENSIONS };
}

const PACK_EXTENSIONS: ReadonlySet<string> = new Set(['.ckpt', '.pt', '.pth', '.safetensors']);
