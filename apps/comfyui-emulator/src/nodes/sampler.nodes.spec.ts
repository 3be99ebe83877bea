import sharp from 'sharp';

import { aNodeBench, removeNodeBenches, type NodeBench } from './node-bench.fixture';
import type { ImageBatch, Latent, Opaque } from './values';

afterAll(removeNodeBenches);

interface Txt2Img {
  readonly checkpoint?: string;
  readonly prompt?: string;
  readonly seed?: number | bigint;
  readonly steps?: number;
  readonly denoise?: number;
  readonly latent?: Latent;
}

async function paint(bench: NodeBench, settings: Txt2Img = {}): Promise<ImageBatch> {
  const { checkpoint = 'a.safetensors', prompt = 'a fox', seed = 1, steps = 2 } = settings;
  const loaded = await bench.run('CheckpointLoaderSimple', { ckpt_name: checkpoint });
  const [model, clip, vae] = loaded.outputs as Opaque[];
  const positive = await bench.value('CLIPTextEncode', { text: prompt, clip });
  const negative = await bench.value('CLIPTextEncode', { text: '', clip });
  const empty = { width: 72, height: 48, batch_size: 1 };
  const latent_image = settings.latent ?? (await bench.value('EmptyLatentImage', empty));
  const common = { cfg: 7, sampler_name: 'euler', scheduler: 'normal' };
  const denoise = settings.denoise ?? 1;
  const inputs = { ...common, model, positive, negative, latent_image, seed, steps, denoise };
  const samples = await bench.value('KSampler', inputs);
  return bench.value<ImageBatch>('VAEDecode', { samples, vae });
}

describe('text to image', () => {
  it('gives the same pixels for the same graph and seed, at the real size', async () => {
    const bench = await aNodeBench();
    const first = await paint(bench);
    const second = await paint(bench);
    expect([first.width, first.height, first.frames.length]).toEqual([72, 48, 1]);
    expect(first.frames[0]).toEqual(second.frames[0]);
    const { channels } = await sharp(first.frames[0], {
      raw: { width: 72, height: 48, channels: 3 },
    }).stats();
    expect(channels.every((channel) => channel.stdev > 3)).toBe(true);
  });

  it.each<[string, Txt2Img]>([
    ['seed', { seed: 2 }],
    ['seed beyond doubles', { seed: 18446744073709551615n }],
    ['prompt', { prompt: 'an owl' }],
    ['model', { checkpoint: 'b.safetensors' }],
    ['number of steps', { steps: 3 }],
  ])('gives another picture for another %s', async (_what, settings) => {
    const bench = await aNodeBench();
    const [first, other] = [await paint(bench), await paint(bench, settings)];
    expect(first.frames[0]).not.toEqual(other.frames[0]);
  });

  it('tells neighbouring 64-bit seeds apart', async () => {
    const bench = await aNodeBench();
    const first = await paint(bench, { seed: 18446744073709551614n });
    const other = await paint(bench, { seed: 18446744073709551615n });
    expect(first.frames[0]).not.toEqual(other.frames[0]);
  });

  it('reports each step, with a JPEG when previews are on', async () => {
    const bench = await aNodeBench({ previews: true });
    await paint(bench, { steps: 3 });
    expect(bench.progress.map(({ value, max }) => [value, max])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    const meta = await sharp(bench.progress[1]?.preview?.image).metadata();
    expect([meta.format, meta.width, meta.height]).toEqual(['jpeg', 72, 48]);
  });
});

describe('AnimateDiff', () => {
  it('turns a batch of pictures into moments of one scene', async () => {
    const bench = await aNodeBench();
    const still = await bench.run('CheckpointLoaderSimple', { ckpt_name: 'a.safetensors' });
    const motion = { model_name: 'mm.ckpt', beta_schedule: 'autoselect' };
    const settings = { cfg: 7, sampler_name: 'euler', scheduler: 'normal', seed: 1, steps: 1 };
    const [model, clip, vae] = still.outputs;
    const positive = await bench.value('CLIPTextEncode', { text: 'a fox', clip });
    const size = { width: 32, height: 32, batch_size: 2 };
    const latent_image = await bench.value('EmptyLatentImage', size);
    const run = async (by: unknown): Promise<number> => {
      const inputs = { model: by, positive, negative: positive, latent_image, denoise: 1 };
      const samples = await bench.value('KSampler', { ...inputs, ...settings });
      const { frames } = await bench.value<ImageBatch>('VAEDecode', { samples, vae });
      return frames[0]!.filter((value, at) => value !== frames[1]![at]).length;
    };
    const moving = await bench.value('ADE_AnimateDiffLoaderGen1', { model, ...motion });
    const changed = await run(moving);
    expect(changed).toBeGreaterThan(0);
    expect(changed).toBeLessThan(await run(model));
  });
});

describe('image to image', () => {
  it('resembles its input the more, the less is denoised', async () => {
    const bench = await aNodeBench();
    const pixels = await bench.value<ImageBatch>('EmptyImage', {
      width: 64,
      height: 64,
      batch_size: 1,
      color: 0x00ff00,
    });
    const loaded = await bench.run('CheckpointLoaderSimple', { ckpt_name: 'a.safetensors' });
    const latent = await bench.value<Latent>('VAEEncode', { pixels, vae: loaded.outputs[2] });
    const distances = [];
    for (const denoise of [0.2, 0.6, 1]) {
      const result = await paint(bench, { latent, denoise });
      distances.push(distance(result, pixels));
    }
    expect(distances[0]).toBeGreaterThan(0);
    expect(distances[0]).toBeLessThan((distances[1] ?? 0) * 0.5);
    expect(distances[1]).toBeLessThan(distances[2] ?? 0);
  });
});

function distance(a: ImageBatch, b: ImageBatch): number {
  const [one, two] = [a.frames[0]!, b.frames[0]!];
  return one.reduce((sum, value, at) => sum + Math.abs(value - two[at]!), 0) / one.length;
}
