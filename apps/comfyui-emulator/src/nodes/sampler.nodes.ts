import { SAMPLERS, SCHEDULERS } from '@gateway/comfy-protocol';

import { choice, conditioning, float, int, latent, model, seed } from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import { sample } from './sampling';

const STEPS = { default: 20, min: 1, max: 10000 };
const CFG = { default: 8, min: 0, max: 100, step: 0.1, round: 0.01 };

/** Samplers that hold all their settings themselves. */
export const samplerNodes = {
  KSampler: v1Node({
    category: 'sampling',
    description:
      'Uses the provided model, positive and negative conditioning to denoise the latent image.',
    required: {
      model: model(),
      seed: seed(),
      steps: int(STEPS),
      cfg: float(CFG),
      sampler_name: choice(SAMPLERS),
      scheduler: choice(SCHEDULERS),
      positive: conditioning(),
      negative: conditioning(),
      latent_image: latent(),
      denoise: float({ default: 1, min: 0, max: 1, step: 0.01 }),
    },
    outputs: ['LATENT'],
    run: async ({ latent_image, ...settings }, context) => {
      const { steps, denoise } = settings;
      return give(
        await sample({ latent: latent_image, steps, denoise, origin: settings }, context),
      );
    },
  }),

  KSamplerAdvanced: v1Node({
    category: 'sampling',
    title: 'KSampler (Advanced)',
    required: {
      model: model(),
      add_noise: choice(['enable', 'disable']),
      noise_seed: seed(),
      steps: int(STEPS),
      cfg: float(CFG),
      sampler_name: choice(SAMPLERS),
      scheduler: choice(SCHEDULERS),
      positive: conditioning(),
      negative: conditioning(),
      latent_image: latent(),
      start_at_step: int({ default: 0, min: 0, max: 10000 }),
      end_at_step: int({ default: 10000, min: 0, max: 10000 }),
      return_with_leftover_noise: choice(['disable', 'enable']),
    },
    outputs: ['LATENT'],
    run: async ({ latent_image, ...settings }, context) => {
      const last = Math.min(settings.end_at_step, settings.steps);
      const steps = Math.max(0, last - settings.start_at_step);
      // Starting late is how image-to-image is done here.
      const denoise = steps / settings.steps;
      return give(
        await sample({ latent: latent_image, steps, denoise, origin: settings }, context),
      );
    },
  }),
} satisfies NodeTable;
