import { choice, conditioning, float, int, latent, model, seed } from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import { SAMPLERS, SCHEDULERS } from './sampler-names';
import { sample } from './sampling';

/** Samplers that hold all their settings themselves. */
export const samplerNodes = {
  KSampler: v1Node({
    category: 'sampling',
    description:
      'Uses the provided model, positive and negative conditioning to denoise the latent image.',
    required: {
      model: model(),
      seed: seed(),
      steps: int({ default: 20, min: 1, max: 10000 }),
      cfg: float({ default: 8, min: 0, max: 100, step: 0.1, round: 0.01 }),
      sampler_name: choice(SAMPLERS),
      scheduler: choice(SCHEDULERS),
      positive: conditioning(),
      negative: conditioning(),
      latent_image: latent(),
      denoise: float({ default: 1, min: 0, max: 1, step: 0.01 }),
    },
    outputs: ['LATENT'],
    run: async ({ latent_image, ...settings }, context) =>
      give(await sample({ latent: latent_image, ...settings, origin: settings }, context)),
  }),
} satisfies NodeTable;
