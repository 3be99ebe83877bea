import { conditioningNodes } from './conditioning.nodes';
import { imageFilterNodes } from './image-filter.nodes';
import { imageSaveNodes } from './image-save.nodes';
import { imageScaleNodes } from './image-scale.nodes';
import { imageSourceNodes } from './image-source.nodes';
import { latentNodes } from './latent.nodes';
import { loaderNodes } from './loader.nodes';
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
  ...textNodes,
  ...loaderNodes,
  ...conditioningNodes,
  ...latentNodes,
  ...samplerNodes,
  ...vaeNodes,
};

/** Every class the emulator knows, by name. */
export const nodeClasses: ReadonlyMap<string, NodeClass> = new Map(
  Object.entries(table).map(([name, define]) => [name, define(name)]),
);
