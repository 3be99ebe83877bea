import { conditioningNodes } from './conditioning.nodes';
import { imageAnimationNodes } from './image-animation.nodes';
import { imageBatchNodes } from './image-batch.nodes';
import { imageComposeNodes } from './image-compose.nodes';
import { imageTransformNodes } from './image-transform.nodes';
import { imageFilterNodes } from './image-filter.nodes';
import { imageSaveNodes } from './image-save.nodes';
import { imageScaleNodes } from './image-scale.nodes';
import { imageSourceNodes } from './image-source.nodes';
import { latentNodes } from './latent.nodes';
import { loaderNodes } from './loader.nodes';
import { maskNodes } from './mask.nodes';
import { modelPatchNodes } from './model-patch.nodes';
import { customSamplerNodes } from './custom-sampler.nodes';
import { videoLatentNodes } from './video-latent.nodes';
import { videoHelperNodes } from './video-helper.nodes';
import { videoNodes } from './video.nodes';
import { audioNodes } from './audio.nodes';
import { animateDiffNodes } from './animate-diff.nodes';
import { cogVideoNodes } from './cog-video.nodes';
import type { NodeClass } from './node-class';
import type { NodeTable } from './node-spec';
import { samplerNodes } from './sampler.nodes';
import { textNodes } from './text.nodes';
import { vaeNodes } from './vae.nodes';

const table: NodeTable = {
  ...imageSourceNodes,
  ...imageSaveNodes,
  ...imageScaleNodes,
  ...imageFilterNodes,
  ...imageTransformNodes,
  ...imageComposeNodes,
  ...imageBatchNodes,
  ...imageAnimationNodes,
  ...maskNodes,
  ...textNodes,
  ...loaderNodes,
  ...conditioningNodes,
  ...modelPatchNodes,
  ...latentNodes,
  ...videoLatentNodes,
  ...samplerNodes,
  ...customSamplerNodes,
  ...vaeNodes,
  ...audioNodes,
  ...videoNodes,
  ...videoHelperNodes,
  ...cogVideoNodes,
  ...animateDiffNodes,
};

/** Every class the emulator knows, by name. */
export const nodeClasses: ReadonlyMap<string, NodeClass> = new Map(
  Object.entries(table).map(([name, define]) => [name, define(name)]),
);
