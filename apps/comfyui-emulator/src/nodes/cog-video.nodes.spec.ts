import { aNodeBench, removeNodeBenches, type NodeBench } from './node-bench.fixture';
import type { ImageBatch, Latent } from './values';

afterAll(removeNodeBenches);

describe('CogVideoSampler', () => {
  it('makes as many frames as it is told, of the size of an empty picture', async () => {
    const bench = await aNodeBench();
    const size = { width: 64, height: 48, batch_size: 1 };
    const samples = await bench.value<Latent>('EmptyLatentImage', size);

    const { width, height, frames } = await film(bench, { samples });

    expect([width, height, frames.length]).toEqual([64, 48, 5]);
    expect(frames[0]).not.toEqual(frames[4]);
  });

  it('fails as in Python when nothing tells it a size', async () => {
    const bench = await aNodeBench();
    await expect(film(bench, {})).rejects.toMatchObject({ exceptionType: 'UnboundLocalError' });
  });
});

async function film(bench: NodeBench, latents: { samples?: Latent }): Promise<ImageBatch> {
  const loaded = await bench.run('DownloadAndLoadCogVideoModel', { model: 'THUDM/CogVideoX-2b' });
  const [model, vae] = loaded.outputs;
  const clip = await bench.value('CLIPLoader', { clip_name: 't5.safetensors', type: 'sd3' });
  const positive = await bench.value('CogVideoTextEncode', { clip, prompt: 'a fox' });
  const sampled = await bench.value('CogVideoSampler', {
    ...{ model, positive, negative: positive, ...latents },
    ...{ num_frames: 5, steps: 2, cfg: 6, seed: 1, scheduler: 'CogVideoXDDIM' },
  });
  return bench.value('CogVideoDecode', { vae, samples: sampled });
}
