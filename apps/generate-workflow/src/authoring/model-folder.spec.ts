import type { InputConfig } from '@gateway/comfy-protocol';

import { modelFolder } from './model-folder';

const FILES: InputConfig = [['a.pth', 'b.pth']];
const FOLDERS = { loras: ['a.pth'], my_models: ['b.pth', 'a.pth'], vae: [] };

it.each([
  ['CheckpointLoaderSimple', 'ckpt_name', 'checkpoints'],
  ['UNETLoader', 'unet_name', 'diffusion_models'],
  ['DualCLIPLoader', 'clip_name2', 'text_encoders'],
  ['CLIPVisionLoader', 'clip_name', 'clip_vision'],
  ['LoraLoader', 'lora_name', 'loras'],
  ['ControlNetLoader', 'control_net_name', 'controlnet'],
  ['VAELoader', 'vae_name', 'vae'],
  ['MyLoader', 'model_name', 'my_models'],
])('%s.%s is of %s', (classType, input, folder) => {
  expect(modelFolder(classType, input, FILES, FOLDERS)).toBe(folder);
});

it.each([
  ['ADE_AnimateDiffLoaderGen1', 'model_name', 'animatediff_models'],
  ['UpscaleModelLoader', 'model_name', 'upscale_models'],
  ['KSampler', 'scheduler', undefined],
])('without a list of models %s.%s is of %s', (classType, input, folder) => {
  expect(modelFolder(classType, input, FILES, {})).toBe(folder);
});

it('takes only choices for models', () => {
  expect(modelFolder('CheckpointLoaderSimple', 'ckpt_name', ['STRING'], {})).toBeUndefined();
});
