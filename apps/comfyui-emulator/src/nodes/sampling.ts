import { pipeline } from '../media/pixels';
import { paintScene } from '../media/scene';
import { digestOf } from './digest';
import type { NodeContext, PreviewImage } from './node-class';
import { animates } from './simulated';
import type { Latent, LatentSource } from './values';

/** What one sampler run depends on. */
export interface Sampling {
  readonly latent: Latent;
  readonly steps: number;
  /** How much is repainted, 0 to 1. */
  readonly denoise: number;
  /** Models, conditionings, seed and settings. */
  readonly origin: object;
}

/** Goes through the steps as a sampler does and gives the latent it would end in. */
export async function sample(sampling: Sampling, context: NodeContext): Promise<Latent> {
  const { latent, steps, denoise, origin } = sampling;
  const sampled: Latent = {
    ...withoutSource(latent),
    state: 'sampled',
    animated: latent.animated || animates(origin),
    digest: digestOf('sampled', origin, latent.digest),
    ...remaining(latent, denoise),
  };
  const preview = context.previews ? await previewOf(sampled) : undefined;
  for (let step = 1; step <= steps; step++) {
    await context.sleep(context.stepMs);
    await context.progress(step, steps, await preview?.(step / steps));
  }
  return sampled;
}

function withoutSource({ source: _source, ...latent }: Latent): Omit<Latent, 'source'> {
  return latent;
}

/** The source picture stays visible as far as sampling left it, or wholly outside a mask. */
function remaining(latent: Latent, denoise: number): { source?: LatentSource } {
  if (latent.source === undefined) return {};
  const kept = latent.source.kept * (1 - denoise);
  return kept > 0 || latent.source.mask ? { source: { ...latent.source, kept } } : {};
}

const PREVIEW_SIDE = 128;

/** Previews of a latent: the small picture, coming out of a blur. */
async function previewOf(latent: Latent): Promise<(done: number) => Promise<PreviewImage>> {
  const scale = Math.min(1, PREVIEW_SIDE / Math.max(latent.width, latent.height));
  const size = {
    width: Math.max(8, Math.round(latent.width * scale)),
    height: Math.max(8, Math.round(latent.height * scale)),
  };
  const painted = await paintScene({ ...size, seed: latent.digest });
  return async (done) => {
    const image = pipeline({ ...size, channels: 3 }, painted).blur(0.4 + (1 - done) * 12);
    return { format: 'image/jpeg', image: await image.jpeg({ quality: 95 }).toBuffer() };
  };
}
