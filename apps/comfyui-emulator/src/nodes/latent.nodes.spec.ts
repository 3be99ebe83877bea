import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { aNodeBench, removeNodeBenches, type NodeBench } from './node-bench.fixture';
import { opaqueValue } from './simulated';
import type { ImageBatch, Latent, MaskBatch } from './values';

afterAll(removeNodeBenches);

const VAE = opaqueValue('VAE', 'x');

describe('latents', () => {
  it.each([
    ['EmptyLatentImage', { width: 516, height: 100, batch_size: 2 }, [512, 96, 2]],
    ['EmptySD3LatentImage', { width: 1024, height: 1024, batch_size: 1 }, [1024, 1024, 1]],
    [
      'EmptyHunyuanLatentVideo',
      { width: 848, height: 480, length: 25, batch_size: 1 },
      [848, 480, 25],
    ],
    [
      'EmptyLTXVLatentVideo',
      { width: 768, height: 512, length: 100, batch_size: 1 },
      [768, 512, 97],
    ],
    [
      'EmptyMochiLatentVideo',
      { width: 848, height: 480, length: 25, batch_size: 1 },
      [848, 480, 25],
    ],
    [
      'EmptyCosmosLatentVideo',
      { width: 1280, height: 704, length: 9, batch_size: 2 },
      [1280, 704, 18],
    ],
  ])('%s of %o has the real size %o', async (classType, inputs, size) => {
    const bench = await aNodeBench();
    const latent = await bench.value<Latent>(classType, inputs);
    expect([latent.width, latent.height, latent.frames]).toEqual(size);
  });

  it('grow by a factor to whole multiples of eight', async () => {
    const bench = await aNodeBench();
    const samples = await emptyLatent(bench);
    const inputs = { samples, upscale_method: 'bislerp', scale_by: 1.3 };
    const grown = await bench.value<Latent>('LatentUpscaleBy', inputs);
    expect([grown.width, grown.height]).toEqual([80, 80]);
    expect((await bench.value<ImageBatch>('VAEDecode', { samples: grown, vae: VAE })).width).toBe(
      80,
    );
  });

  it('decode to plain grey before they are sampled', async () => {
    const bench = await aNodeBench();
    const samples = await emptyLatent(bench);
    const image = await bench.value<ImageBatch>('VAEDecode', { samples, vae: VAE });
    expect(image.frames[0]!.every((value) => value === 127)).toBe(true);
  });

  it('decode to the very picture they were encoded from', async () => {
    const bench = await aNodeBench();
    const pixels = await aPicture(bench);
    const samples = await bench.value<Latent>('VAEEncode', { pixels, vae: VAE });
    const image = await bench.value<ImageBatch>('VAEDecode', { samples, vae: VAE });
    expect(image.frames).toEqual(pixels.frames);
  });

  it('keep their picture outside the mask when they are inpainted', async () => {
    const bench = await aNodeBench();
    const pixels = await aPicture(bench);
    const left = Buffer.alloc(64 * 64).map((_, at) => (at % 64 < 32 ? 255 : 0)) as Buffer;
    const mask: MaskBatch = { kind: 'mask', width: 64, height: 64, frames: [left] };
    const inputs = { pixels, vae: VAE, mask, grow_mask_by: 6 };
    const encoded = await bench.value<Latent>('VAEEncodeForInpaint', inputs);
    const painted = await sampleWith(bench, encoded);
    const image = await bench.value<ImageBatch>('VAEDecode', { samples: painted, vae: VAE });
    const pixelAt = (x: number) => [...image.frames[0]!.subarray(x * 3, x * 3 + 3)];
    expect(pixelAt(60)).toEqual([0, 255, 0]);
    expect(pixelAt(4)).not.toEqual([0, 255, 0]);
  });

  it('are saved as safetensors of their real shape, and load with their size', async () => {
    const bench = await aNodeBench({ metadata: { prompt: { a: 1 }, extraPnginfo: {} } });
    const samples = await sampleWith(bench, await emptyLatent(bench));
    const { ui } = await bench.run('SaveLatent', { samples, filename_prefix: 'latents/ComfyUI' });
    const filename = 'ComfyUI_00001_.latent';
    expect(ui).toEqual({ latents: [{ filename, subfolder: 'latents', type: 'output' }] });

    const path = join(bench.folders.output, 'latents', filename);
    const content = await readFile(path);
    const end = 8 + Number(content.readBigUInt64LE(0));
    const header = JSON.parse(content.toString('utf8', 8, end)) as Record<string, unknown>;
    expect(header['__metadata__']).toEqual({ prompt: '{"a": 1}' });
    expect(header['latent_tensor']).toEqual({
      dtype: 'F32',
      shape: [1, 4, 8, 8],
      data_offsets: [0, content.length - end],
    });

    await copyFile(path, join(bench.folders.input, filename));
    const loaded = await bench.value<Latent>('LoadLatent', { latent: filename });
    expect([loaded.width, loaded.height, loaded.frames]).toEqual([64, 64, 1]);
  });
});

describe('video models', () => {
  it('decode to moments of one scene, the start image shining through', async () => {
    const bench = await aNodeBench();
    const conditioning = opaqueValue('CONDITIONING', 1);
    const size = { width: 64, height: 64, length: 49, batch_size: 1 };
    const { outputs } = await bench.run('LTXVImgToVideo', {
      ...{ positive: conditioning, negative: conditioning, vae: VAE },
      ...{ image: await aPicture(bench), ...size, strength: 1 },
    });
    const samples = await sampleWith(bench, outputs[2] as Latent);
    const image = await bench.value<ImageBatch>('VAEDecode', { samples, vae: VAE });
    expect(image.frames).toHaveLength(49);
    expect(new Set(image.frames).size).toBeGreaterThan(16);
    const greens = image.frames[0]!.filter((_, at) => at % 3 === 1);
    expect(Math.min(...greens)).toBeGreaterThan(120);
  });

  it('take the number of steps from their scheduler', async () => {
    const bench = await aNodeBench();
    const shift = { max_shift: 2.05, base_shift: 0.95, stretch: true, terminal: 0.1 };
    const sigmas = await bench.value('LTXVScheduler', { steps: 7, ...shift });
    const model = opaqueValue('MODEL', 1);
    const { outputs } = await bench.run('SamplerCustomAdvanced', {
      noise: await bench.value('RandomNoise', { noise_seed: 18446744073709551615n }),
      guider: await bench.value('BasicGuider', {
        model,
        conditioning: opaqueValue('CONDITIONING'),
      }),
      sampler: await bench.value('KSamplerSelect', { sampler_name: 'euler' }),
      sigmas,
      latent_image: await emptyLatent(bench),
    });
    expect(outputs).toHaveLength(2);
    expect(bench.progress.at(-1)).toEqual({ value: 7, max: 7 });
  });
});

function emptyLatent(bench: NodeBench): Promise<Latent> {
  return bench.value('EmptyLatentImage', { width: 64, height: 64, batch_size: 1 });
}

function aPicture(bench: NodeBench): Promise<ImageBatch> {
  return bench.value('EmptyImage', { width: 64, height: 64, batch_size: 1, color: 0x00ff00 });
}

function sampleWith(bench: NodeBench, latent_image: Latent): Promise<Latent> {
  const [model, positive] = [opaqueValue('MODEL', 1), opaqueValue('CONDITIONING', 2)];
  const settings = { cfg: 8, sampler_name: 'euler', scheduler: 'normal', denoise: 1 };
  const inputs = { model, positive, negative: positive, latent_image, seed: 1, steps: 1 };
  return bench.value('KSampler', { ...inputs, ...settings });
}
