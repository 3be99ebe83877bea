import { digestOf } from './digest';
import { sigmasOf } from './custom-sampler.nodes';
import { emptyLatent } from './latent.nodes';
import {
  bool,
  conditioning,
  float,
  image,
  int,
  latent,
  MAX_RESOLUTION,
  opaque,
  pixels,
  vae,
} from './node-input';
import { give, v1Node, type InputTable, type NodeDefinition, type NodeTable } from './node-spec';
import { opaqueValue, simulatedNode } from './simulated';
import type { ImageBatch, Latent, LatentSource, MaskBatch } from './values';

/** How a family of video models lays frames into latents. */
interface VideoFamily {
  readonly module: string;
  readonly category: string;
  readonly width: number;
  readonly height: number;
  readonly sideStep: number;
  readonly minSide: number;
  readonly length: number;
  readonly minLength: number;
  /** One latent stands for so many frames, the first for one. */
  readonly framesPerLatent: number;
}

const HUNYUAN: VideoFamily = {
  module: 'comfy_extras.nodes_hunyuan',
  category: 'latent/video',
  width: 848,
  height: 480,
  sideStep: 16,
  minSide: 16,
  length: 25,
  minLength: 1,
  framesPerLatent: 4,
};
const LTXV: VideoFamily = {
  module: 'comfy_extras.nodes_lt',
  category: 'latent/video/ltxv',
  width: 768,
  height: 512,
  sideStep: 32,
  minSide: 64,
  length: 97,
  minLength: 1,
  framesPerLatent: 8,
};
const MOCHI: VideoFamily = {
  ...HUNYUAN,
  module: 'comfy_extras.nodes_mochi',
  minLength: 7,
  framesPerLatent: 6,
};
const COSMOS: VideoFamily = {
  ...HUNYUAN,
  module: 'comfy_extras.nodes_cosmos',
  width: 1280,
  height: 704,
  length: 121,
  framesPerLatent: 8,
};
const WAN: VideoFamily = {
  ...HUNYUAN,
  module: 'comfy_extras.nodes_wan',
  category: 'conditioning/video_models',
  width: 832,
  length: 81,
};

/** Video latents and what only video models take. */
export const videoLatentNodes = {
  EmptyHunyuanLatentVideo: emptyVideo(HUNYUAN),
  EmptyLTXVLatentVideo: emptyVideo(LTXV),
  EmptyMochiLatentVideo: emptyVideo(MOCHI),
  EmptyCosmosLatentVideo: emptyVideo(COSMOS),

  LTXVConditioning: simulatedNode({
    module: LTXV.module,
    category: 'conditioning/video_models',
    required: {
      positive: conditioning(),
      negative: conditioning(),
      frame_rate: float({ default: 25, min: 0, max: 1000, step: 0.01 }),
    },
    outputs: ['CONDITIONING', 'CONDITIONING'],
    outputNames: ['positive', 'negative'],
  }),

  LTXVScheduler: v1Node({
    module: LTXV.module,
    category: 'sampling/custom_sampling/schedulers',
    required: {
      steps: int({ default: 20, min: 1, max: 10000 }),
      max_shift: float({ default: 2.05, min: 0, max: 100, step: 0.01 }),
      base_shift: float({ default: 0.95, min: 0, max: 100, step: 0.01 }),
      stretch: bool({ default: true }),
      terminal: float({ default: 0.1, min: 0, max: 0.99, step: 0.01 }),
    },
    optional: { latent: latent() },
    outputs: ['SIGMAS'],
    run: (settings) => give(sigmasOf(settings)),
  }),

  LTXVImgToVideo: v1Node({
    module: LTXV.module,
    category: 'conditioning/video_models',
    required: {
      positive: conditioning(),
      negative: conditioning(),
      vae: vae(),
      image: image(),
      ...videoSize({ ...LTXV, minLength: 9 }),
      strength: float({ default: 1, min: 0, max: 1 }),
    },
    outputs: ['CONDITIONING', 'CONDITIONING', 'LATENT'],
    outputNames: ['positive', 'negative', 'latent'],
    run: (inputs) => {
      const empty = emptyVideoLatent(inputs, LTXV);
      return give(
        opaqueValue('CONDITIONING', inputs.positive, inputs.image),
        opaqueValue('CONDITIONING', inputs.negative, inputs.image),
        startingFrom(inputs.image, empty),
      );
    },
  }),

  WanImageToVideo: v1Node({
    module: WAN.module,
    category: WAN.category,
    required: {
      positive: conditioning(),
      negative: conditioning(),
      vae: vae(),
      ...videoSize(WAN),
    },
    optional: { clip_vision_output: opaque('CLIP_VISION_OUTPUT')(), start_image: image() },
    outputs: ['CONDITIONING', 'CONDITIONING', 'LATENT'],
    outputNames: ['positive', 'negative', 'latent'],
    run: (inputs) => {
      const guide = [inputs.clip_vision_output, inputs.start_image];
      const empty = emptyVideoLatent(inputs, WAN);
      return give(
        opaqueValue('CONDITIONING', inputs.positive, guide),
        opaqueValue('CONDITIONING', inputs.negative, guide),
        inputs.start_image === undefined ? empty : startingFrom(inputs.start_image, empty),
      );
    },
  }),
} satisfies NodeTable;

function emptyVideo(family: VideoFamily): NodeDefinition {
  return v1Node({
    module: family.module,
    category: family.category,
    required: videoSize(family),
    outputs: ['LATENT'],
    run: (size) => give(emptyVideoLatent(size, family)),
  });
}

function videoSize(family: VideoFamily) {
  const { minSide, sideStep, minLength, framesPerLatent } = family;
  const side = { min: minSide, step: sideStep };
  return {
    width: pixels({ default: family.width, ...side }),
    height: pixels({ default: family.height, ...side }),
    length: int({
      default: family.length,
      min: minLength,
      max: MAX_RESOLUTION,
      step: framesPerLatent,
    }),
    batch_size: int({ default: 1, min: 1, max: 4096 }),
  } satisfies InputTable;
}

interface VideoSize {
  readonly width: number;
  readonly height: number;
  readonly length: number;
  readonly batch_size: number;
}

function emptyVideoLatent(size: VideoSize, { sideStep, framesPerLatent }: VideoFamily): Latent {
  const groups = Math.floor((size.length - 1) / framesPerLatent);
  const frames = (groups * framesPerLatent + 1) * size.batch_size;
  return { ...emptyLatent(size, sideStep === 32 ? 32 : 8, frames), animated: true };
}

/** Lets the start image shine through every frame, so that it is recognised in the video. */
function startingFrom(images: ImageBatch, empty: Latent): Latent {
  const source: LatentSource = { images, kept: 1, mask: HALF };
  return { ...empty, digest: digestOf('started', images), source };
}

const HALF: MaskBatch = { kind: 'mask', width: 1, height: 1, frames: [Buffer.from([128])] };
