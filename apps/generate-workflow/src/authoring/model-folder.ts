import { comboOptions, type InputConfig } from '@gateway/comfy-protocol';

import type { NodeListing } from '../reading/node-listing';

/**
 * The model folder whose files a combo offers: by the input's name where only one is meant, else by
 * what the engine says is in its folders, else by the class. `undefined` for any other input.
 */
export function modelFolder(
  classType: string,
  input: string,
  config: InputConfig,
  folders: NodeListing['folders'],
): string | undefined {
  const choices = comboOptions(config);
  if (!choices) return undefined;
  const named = folderOf(BY_NAME, classType, input);
  if (named !== undefined) return named;
  const isOffered = (files: readonly string[]): boolean =>
    files.length > 0 &&
    choices.length === files.length &&
    files.every((file) => choices.includes(file));
  const listed = Object.entries(folders).find(([, files]) => isOffered(files));
  return listed?.[0] ?? folderOf(BY_CLASS, classType, input);
}

type Rule = readonly [classType: RegExp, input: RegExp, folder: string];

/** Inputs of ComfyUI's own loaders, and of packs that call theirs the same. */
const BY_NAME: readonly Rule[] = [
  [/clip.?vision/i, /^clip_name$/, 'clip_vision'],
  [/./, /^clip_name\d*$/, 'text_encoders'],
  [/./, /^text_encoder_name\d*$/, 'text_encoders'],
  [/./, /^ckpt_name$/, 'checkpoints'],
  [/./, /^unet_name$/, 'diffusion_models'],
  [/./, /^vae_name$/, 'vae'],
  [/./, /^lora_name(_?\d+)?$/, 'loras'],
  [/./, /^control_?net_name$/, 'controlnet'],
  [/./, /^style_model_name$/, 'style_models'],
  [/./, /^gligen_name$/, 'gligen'],
  [/./, /^hypernetwork_name$/, 'hypernetworks'],
  [/./, /^audio_encoder_name$/, 'audio_encoders'],
  [/./, /^photomaker_model_name$/, 'photomaker'],
];

/** Inputs called `model_name` and the like, for when the engine cannot be asked or has no such file. */
const BY_CLASS: readonly Rule[] = [
  [/animate.?diff|^ADE_/i, /^model_name$/, 'animatediff_models'],
  [/upscale/i, /^model_name$/, 'upscale_models'],
  [/^ModelPatch/, /^name$/, 'model_patches'],
];

function folderOf(rules: readonly Rule[], classType: string, input: string): string | undefined {
  return rules.find(([ofClass, named]) => ofClass.test(classType) && named.test(input))?.[2];
}
