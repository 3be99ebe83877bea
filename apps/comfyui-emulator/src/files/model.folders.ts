import { readdirSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

import type { Folders } from '../folders';

/** One key of `/models` and where its files lie. */
export interface ModelFolder {
  readonly key: string;
  readonly paths: readonly string[];
  readonly extensions: ReadonlySet<string>;
}

const WEIGHTS = new Set(['.ckpt', '.pt', '.pt2', '.bin', '.pth', '.safetensors', '.pkl', '.sft']);

/** Every kind of model folder, in the order ComfyUI lists them. */
export function modelFolders(folders: Folders): readonly ModelFolder[] {
  const folder = (key: string, names: readonly string[] = [key]): ModelFolder => ({
    key,
    paths: names.map((name) => join(folders.models, name)),
    extensions: WEIGHTS,
  });
  return [
    folder('checkpoints'),
    { ...folder('configs'), extensions: new Set(['.yaml']) },
    folder('loras'),
    folder('vae'),
    folder('text_encoders', ['text_encoders', 'clip']),
    folder('diffusion_models', ['unet', 'diffusion_models']),
    folder('clip_vision'),
    folder('style_models'),
    folder('embeddings'),
    { ...folder('diffusers'), extensions: new Set(['folder']) },
    folder('vae_approx'),
    folder('controlnet', ['controlnet', 't2i_adapter']),
    folder('gligen'),
    folder('upscale_models'),
    { key: 'custom_nodes', paths: [join(folders.base, 'custom_nodes')], extensions: new Set() },
    folder('hypernetworks'),
    folder('photomaker'),
    { ...folder('classifiers'), extensions: new Set(['']) },
    folder('model_patches'),
    folder('audio_encoders'),
  ];
}

/** Files of a model folder, relative to it, sorted; folders that do not exist are empty. */
export function listModels({ paths, extensions }: ModelFolder): readonly string[] {
  const files = paths.flatMap((path) =>
    filesBelow(path).filter((file) => extensions.has(extname(file))),
  );
  return [...new Set(files)].sort();
}

function filesBelow(root: string): readonly string[] {
  try {
    return readdirSync(root, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
  } catch {
    return [];
  }
}
