import { bool, choice, float, int, MAX_RESOLUTION, model } from './node-input';
import type { NodeTable } from './node-spec';
import { simulatedNode } from './simulated';

const MODULE = 'comfy_extras.nodes_model_advanced';
const SHIFT = { min: 0, max: 100, step: 0.01 };
const SIDE = { default: 1024, min: 16, max: MAX_RESOLUTION, step: 8 };

/** Settings laid over a model. */
export const modelPatchNodes = {
  ModelSamplingDiscrete: simulatedNode({
    module: MODULE,
    category: 'advanced/model',
    required: {
      model: model(),
      sampling: choice(['eps', 'v_prediction', 'lcm', 'x0', 'img_to_img']),
      zsnr: bool({ default: false }),
    },
    outputs: ['MODEL'],
  }),

  ModelSamplingSD3: simulatedNode({
    module: MODULE,
    category: 'advanced/model',
    required: { model: model(), shift: float({ default: 3, ...SHIFT }) },
    outputs: ['MODEL'],
  }),

  ModelSamplingAuraFlow: simulatedNode({
    module: MODULE,
    category: 'advanced/model',
    required: { model: model(), shift: float({ default: 1.73, ...SHIFT }) },
    outputs: ['MODEL'],
  }),

  ModelSamplingFlux: simulatedNode({
    module: MODULE,
    category: 'advanced/model',
    required: {
      model: model(),
      max_shift: float({ default: 1.15, ...SHIFT }),
      base_shift: float({ default: 0.5, ...SHIFT }),
      width: int(SIDE),
      height: int(SIDE),
    },
    outputs: ['MODEL'],
  }),
} satisfies NodeTable;
