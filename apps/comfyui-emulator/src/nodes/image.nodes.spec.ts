import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';

import { readPngChunks } from '../media/png';
import { aNodeBench, removeNodeBenches, type NodeBench } from './node-bench.fixture';
import { nodeClasses } from './node-library';
import type { ImageBatch, MaskBatch } from './values';

afterAll(removeNodeBenches);

describe('image nodes', () => {
  it.each([
    ['ImageScale', { upscale_method: 'lanczos', width: 0, height: 12, crop: 'center' }, [16, 12]],
    ['ImageScale', { upscale_method: 'area', width: 5, height: 9, crop: 'disabled' }, [5, 9]],
    ['ImageScaleBy', { upscale_method: 'nearest-exact', scale_by: 2 }, [16, 12]],
    ['ImageScaleToTotalPixels', { upscale_method: 'bicubic', megapixels: 0.01 }, [118, 89]],
    ['ImageCrop', { width: 100, height: 3, x: 2, y: 1 }, [6, 3]],
    ['ImageRotate', { rotation: '90 degrees' }, [6, 8]],
    ['ImagePadForOutpaint', { left: 8, top: 0, right: 16, bottom: 8, feathering: 2 }, [32, 14]],
    ['ImageBlur', { blur_radius: 3, sigma: 1 }, [8, 6]],
    ['ImageSharpen', { sharpen_radius: 1, sigma: 1, alpha: 1 }, [8, 6]],
    ['ImageQuantize', { colors: 2, dither: 'none' }, [8, 6]],
    ['ImageAddNoise', { seed: 18446744073709551615n, strength: 0.5 }, [8, 6]],
    ['ImageFlip', { flip_method: 'y-axis: horizontally' }, [8, 6]],
  ])('%s with %o gives a picture of size %o', async (classType, inputs, size) => {
    const bench = await aNodeBench();
    const image = await gradient(bench);
    const result = await bench.value<ImageBatch>(classType, { ...inputs, image });
    expect([result.width, result.height]).toEqual(size);
    const bytes = result.width * result.height * result.channels;
    expect(result.frames.map((frame) => frame.length)).toEqual([bytes]);
  });

  it('inverts every pixel', async () => {
    const bench = await aNodeBench();
    const image = await anImage(bench, 0x0040ff);
    const { frames } = await bench.value<ImageBatch>('ImageInvert', { image });
    expect([...frames[0]!.subarray(0, 3)]).toEqual([255, 191, 0]);
  });

  it('rotates clockwise and flips upside down', async () => {
    const bench = await aNodeBench();
    const image = await gradient(bench);
    const corner = image.frames[0]!.subarray(0, 3);
    const rotated = await bench.value<ImageBatch>('ImageRotate', {
      image,
      rotation: '90 degrees',
    });
    expect(pixelAt(rotated, 5, 0)).toEqual(corner);
    const flip_method = 'x-axis: vertically';
    const flipped = await bench.value<ImageBatch>('ImageFlip', { image, flip_method });
    expect(pixelAt(flipped, 0, 5)).toEqual(corner);
  });

  it('keeps a plain colour plain when it blurs or sharpens, up to the edges', async () => {
    const bench = await aNodeBench();
    const image = await anImage(bench, 0x204060);
    for (const inputs of [{ blur_radius: 5 }, { sharpen_radius: 5, alpha: 1 }]) {
      const classType = 'alpha' in inputs ? 'ImageSharpen' : 'ImageBlur';
      const { frames } = await bench.value<ImageBatch>(classType, { image, sigma: 3, ...inputs });
      expect(frames[0]!.every((value, at) => Math.abs(value - [32, 64, 96][at % 3]!) <= 1)).toBe(
        true,
      );
    }
  });

  it('refuses to blur further than the picture is wide', async () => {
    const bench = await aNodeBench();
    const image = await bench.value('EmptyImage', { width: 4, height: 4, batch_size: 1, color: 0 });
    await expect(
      bench.run('ImageBlur', { image, blur_radius: 31, sigma: 1 }),
    ).rejects.toMatchObject({
      exceptionType: 'RuntimeError',
      message:
        'Argument #4: Padding size should be less than the corresponding input dimension, but got: padding (31, 31) at dimension 3 of input [1, 3, 4, 4]\n',
    });
  });

  it('joins batches of different sizes into the size of the first', async () => {
    const bench = await aNodeBench();
    const image1 = await anImage(bench, 1);
    const image2 = await bench.value('EmptyImage', {
      width: 3,
      height: 9,
      batch_size: 2,
      color: 2,
    });
    const joined = await bench.value<ImageBatch>('ImageBatch', { image1, image2 });
    expect([joined.width, joined.height, joined.frames.length]).toEqual([8, 6, 3]);
  });

  it.each([
    ['normal', 0x404040],
    ['multiply', 0x202020],
    ['screen', 0xa0a0a0],
    ['difference', 0x404040],
  ])('blends by %s', async (blend_mode, expected) => {
    const bench = await aNodeBench();
    const [image1, image2] = [await anImage(bench, 0x808080), await anImage(bench, 0x404040)];
    const inputs = { image1, image2, blend_factor: 1, blend_mode };
    const { frames } = await bench.value<ImageBatch>('ImageBlend', inputs);
    expect(Math.abs(frames[0]![0]! - (expected & 0xff))).toBeLessThanOrEqual(1);
  });

  it('fails in the node when the blend mode is unknown', async () => {
    const bench = await aNodeBench();
    const image1 = await anImage(bench, 0);
    const inputs = { image1, image2: image1, blend_factor: 1, blend_mode: 'zzz' };
    await expect(bench.run('ImageBlend', inputs)).rejects.toMatchObject({
      exceptionType: 'ValueError',
      message: 'Unsupported blend mode: zzz',
    });
  });

  it('stitches side by side with a coloured gap rounded up to even', async () => {
    const bench = await aNodeBench();
    const [image1, image2] = [await anImage(bench, 0xffffff), await anImage(bench, 0x0000ff)];
    const layout = { match_image_size: true, spacing_width: 3, spacing_color: 'red' };
    const inputs = { image1, image2, direction: 'right', ...layout };
    const stitched = await bench.value<ImageBatch>('ImageStitch', inputs);
    expect([stitched.width, stitched.height]).toEqual([20, 6]);
    expect([0, 8, 11, 12].map((x) => [...pixelAt(stitched, x, 3)])).toEqual([
      [255, 255, 255],
      [255, 0, 0],
      [255, 0, 0],
      [0, 0, 255],
    ]);
  });

  it('composites through a mask', async () => {
    const bench = await aNodeBench();
    const [destination, source] = [await anImage(bench, 0), await anImage(bench, 0xffffff)];
    const mask = await bench.value('SolidMask', { value: 0.5, width: 2, height: 2 });
    const inputs = { destination, source, x: 4, y: 3, resize_source: false, mask };
    const result = await bench.value<ImageBatch>('ImageCompositeMasked', inputs);
    expect(pixelAt(result, 3, 3)[0]).toBe(0);
    expect(pixelAt(result, 7, 5)[0]).toBe(128);
  });

  it('turns masks into alpha and back', async () => {
    const bench = await aNodeBench();
    const image = await anImage(bench, 0xff0000);
    const alpha = await bench.value('SolidMask', { value: 0.25, width: 8, height: 6 });
    const joined = await bench.value<ImageBatch>('JoinImageWithAlpha', { image, alpha });
    expect([...pixelAt(joined, 0, 0)]).toEqual([255, 0, 0, 191]);
    const mask = await bench.value<MaskBatch>('ImageToMask', { image: joined, channel: 'alpha' });
    expect(mask.frames[0]![0]).toBe(191);
    expect((await bench.value<MaskBatch>('InvertMask', { mask })).frames[0]![0]).toBe(64);
    const grey = await bench.value<ImageBatch>('MaskToImage', { mask });
    expect([...pixelAt(grey, 1, 1)]).toEqual([191, 191, 191]);
  });
});

describe('LoadImage', () => {
  it('reads colour and alpha, and annotated names', async () => {
    const bench = await aNodeBench();
    const background = { r: 10, g: 20, b: 30, alpha: 0.2 };
    const file = sharp({ create: { width: 5, height: 4, channels: 4, background } });
    await file.png().toFile(join(bench.folders.output, 'x.png'));
    const { outputs } = await bench.run('LoadImage', { image: 'x.png [output]' });
    const [image, mask] = outputs as [ImageBatch, MaskBatch];
    expect([image.width, image.height, image.channels]).toEqual([5, 4, 3]);
    expect([...pixelAt(image, 0, 0)]).toEqual([10, 20, 30]);
    expect(mask.frames[0]![0]).toBe(204);
  });

  it('gives the fixed empty mask for a picture without alpha', async () => {
    const bench = await aNodeBench();
    const create = { width: 5, height: 4, channels: 3, background: 'red' } as const;
    await sharp({ create }).jpeg().toFile(join(bench.folders.input, 'x.jpg'));
    const { outputs } = await bench.run('LoadImage', { image: 'x.jpg' });
    expect(outputs[1]).toMatchObject({ kind: 'mask', width: 64, height: 64 });
  });

  it('fails on a text file as Pillow does', async () => {
    const bench = await aNodeBench();
    await writeFile(join(bench.folders.input, 'x.png'), 'just text');
    await expect(bench.run('LoadImage', { image: 'x.png' })).rejects.toMatchObject({
      exceptionType: 'PIL.UnidentifiedImageError',
      message: `cannot identify image file '${join(bench.folders.input, 'x.png')}'`,
    });
  });

  it('lists the pictures of the input folder and checks that the file exists', async () => {
    const bench = await aNodeBench();
    for (const name of ['b.png', 'a.webp', 'c.txt']) {
      await writeFile(join(bench.folders.input, name), name);
    }
    const node = nodeClasses.get('LoadImage')!;
    expect(node.describe(bench.folders).input.required).toEqual({
      image: [['a.webp', 'b.png'], { image_upload: true }],
    });
    expect(node.customCheck?.('image', 'missing.png', bench.folders)).toBe(
      'Invalid image file: missing.png',
    );
    expect(node.customCheck?.('image', 'c.txt', bench.folders)).toBe(true);
    expect(node.customCheck?.('other', 'c.txt', bench.folders)).toBeUndefined();
  });

  it('changes its fingerprint with the content', async () => {
    const bench = await aNodeBench();
    const fingerprint = async (content: string) => {
      await writeFile(join(bench.folders.input, 'x.png'), content);
      return nodeClasses.get('LoadImage')!.fingerprint?.({ image: 'x.png' }, bench.folders);
    };
    expect(await fingerprint('a')).toBe(
      'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
    );
    expect(await fingerprint('b')).not.toBe(await fingerprint('a'));
  });
});

describe('animated pictures', () => {
  it('saves a WEBP with every frame, its delay and the graph', async () => {
    const metadata = { prompt: { a: 1 }, extraPnginfo: { workflow: {} } };
    const bench = await aNodeBench({ metadata });
    const options = { fps: 5, lossless: true, quality: 80, method: 'fastest' };
    const { ui } = await bench.run('SaveAnimatedWEBP', {
      images: await movie(bench),
      filename_prefix: 'w',
      ...options,
    });
    expect(ui).toEqual({
      images: [{ filename: 'w_00001_.webp', subfolder: '', type: 'output' }],
      animated: [true],
    });
    const path = join(bench.folders.output, 'w_00001_.webp');
    const meta = await sharp(path).metadata();
    expect([meta.pages, meta.delay]).toEqual([2, [200, 200]]);
    expect((await readFile(path)).includes('prompt:{"a": 1}')).toBe(true);
    const pixels = await sharp(path, { page: 1 }).raw().toBuffer();
    expect([...pixels.subarray(0, 3)]).toEqual([0, 0, 255]);
  });

  it('loads every frame of a moving picture', async () => {
    const bench = await aNodeBench();
    const options = { fps: 5, lossless: true, quality: 80, method: 'default' };
    const inputs = { images: await movie(bench), filename_prefix: 'w', ...options };
    await bench.run('SaveAnimatedWEBP', inputs);
    const image = await bench.value<ImageBatch>('LoadImage', { image: 'w_00001_.webp [output]' });
    expect([image.width, image.height, image.channels]).toEqual([8, 6, 3]);
    const firstPixels = image.frames.map((frame) => [...frame.subarray(0, 3)]);
    expect(firstPixels).toEqual([
      [255, 0, 0],
      [0, 0, 255],
    ]);
  });

  it('saves an animated PNG whose still picture any reader shows', async () => {
    const bench = await aNodeBench();
    const image = await movie(bench);
    const images = await bench.value('RepeatImageBatch', { image, amount: 2 });
    const inputs = { images, filename_prefix: 'p', fps: 4, compress_level: 4 };
    const { ui } = await bench.run('SaveAnimatedPNG', inputs);
    expect(ui).toMatchObject({ animated: [true] });
    const path = join(bench.folders.output, 'p_00001_.png');
    const chunks = readPngChunks(await readFile(path));
    const types = chunks.map((chunk) => chunk.type).join(' ');
    expect(types).toBe('IHDR acTL fcTL IDAT fcTL fdAT fcTL fdAT fcTL fdAT IEND');
    expect(chunks[1]?.data.readUInt32BE(0)).toBe(4);
    const numbered = chunks.filter(({ type }) => type === 'fcTL' || type === 'fdAT');
    expect(numbered.map(({ data }) => data.readUInt32BE(0))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const pixels = await sharp(path).raw().toBuffer();
    expect([...pixels.subarray(0, 3)]).toEqual([255, 0, 0]);
  });

  it('says of a single WEBP frame that it does not move', async () => {
    const bench = await aNodeBench();
    const options = { fps: 5, lossless: false, quality: 0, method: 'default' };
    const inputs = { images: await anImage(bench, 5), filename_prefix: 'w', ...options };
    expect((await bench.run('SaveAnimatedWEBP', inputs)).ui).toMatchObject({ animated: [false] });
  });
});

function anImage(bench: NodeBench, color: number): Promise<ImageBatch> {
  return bench.value('EmptyImage', { width: 8, height: 6, batch_size: 1, color });
}

async function gradient(bench: NodeBench): Promise<ImageBatch> {
  const image = await anImage(bench, 0);
  return { ...image, frames: [Buffer.from(Array.from({ length: 8 * 6 * 3 }, (_, at) => at))] };
}

async function movie(bench: NodeBench): Promise<ImageBatch> {
  const [image1, image2] = [await anImage(bench, 0xff0000), await anImage(bench, 0x0000ff)];
  return bench.value('ImageBatch', { image1, image2 });
}

function pixelAt({ width, channels, frames }: ImageBatch, x: number, y: number): Buffer {
  const at = (y * width + x) * channels;
  return frames[0]!.subarray(at, at + channels);
}
