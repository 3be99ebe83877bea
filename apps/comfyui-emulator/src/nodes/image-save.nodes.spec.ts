import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';

import { readPngChunks } from '../media/png';
import { aNodeBench, removeNodeBenches } from './node-bench.fixture';
import { NodeError } from './node-class';
import type { ImageBatch } from './values';

afterAll(removeNodeBenches);

const RED = { width: 8, height: 6, batch_size: 1, color: 0xff0000 };

describe('SaveImage', () => {
  it('writes every frame as a PNG of the right size and colour', async () => {
    const bench = await aNodeBench();
    const images = await bench.value<ImageBatch>('EmptyImage', { ...RED, batch_size: 2 });
    const { ui } = await bench.run('SaveImage', { images, filename_prefix: 'sub/pre' });

    expect(ui).toEqual({
      images: [
        { filename: 'pre_00001_.png', subfolder: 'sub', type: 'output' },
        { filename: 'pre_00002_.png', subfolder: 'sub', type: 'output' },
      ],
    });
    const { data, info } = await sharp(join(bench.folders.output, 'sub/pre_00002_.png'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([8, 6, 3]);
    expect([...data.subarray(0, 3)]).toEqual([255, 0, 0]);
  });

  it('counts on from the highest number of its prefix, whatever the extension', async () => {
    const bench = await aNodeBench();
    const images = await bench.value<ImageBatch>('EmptyImage', RED);
    for (const name of ['cat_00007_.webm', 'cat_big_00099_.png', 'catalogue_00050_.png']) {
      await writeFile(join(bench.folders.output, name), '');
    }
    const { ui } = await bench.run('SaveImage', { images, filename_prefix: 'cat' });
    expect(ui?.['images']).toMatchObject([{ filename: 'cat_00008_.png' }]);
  });

  it('fills in the size, the date and the number within the batch', async () => {
    const bench = await aNodeBench();
    const images = await bench.value<ImageBatch>('EmptyImage', { ...RED, batch_size: 2 });
    const prefix = '%year%/%width%x%height%-%batch_num%-%other%';
    const { ui } = await bench.run('SaveImage', { images, filename_prefix: prefix });
    const subfolder = String(new Date().getFullYear());
    expect(ui?.['images']).toMatchObject([
      { filename: '8x6-0-%other%_00001_.png', subfolder },
      { filename: '8x6-1-%other%_00002_.png', subfolder },
    ]);
  });

  it.each(['../../evil', '/etc/evil', 'a/../../b'])('refuses the prefix %s', async (prefix) => {
    const bench = await aNodeBench();
    const images = await bench.value<ImageBatch>('EmptyImage', RED);
    const saving = bench.run('SaveImage', { images, filename_prefix: prefix });
    await expect(saving).rejects.toThrow(NodeError);
    await expect(saving).rejects.toMatchObject({
      exceptionType: 'Exception',
      message: expect.stringContaining(
        '**** ERROR: Saving image outside the output folder is not allowed.',
      ) as string,
    });
  });

  it('writes the graph and each key of extra_pnginfo as text chunks after the header', async () => {
    const metadata = {
      prompt: { '1': { class_type: 'é', inputs: { seed: 18446744073709551615n } } },
      extraPnginfo: { workflow: { id: 'w' } },
    };
    const bench = await aNodeBench({ metadata });
    const images = await bench.value<ImageBatch>('EmptyImage', RED);
    await bench.run('SaveImage', { images, filename_prefix: 'm' });

    const chunks = readPngChunks(await readFile(join(bench.folders.output, 'm_00001_.png')));
    expect(chunks.slice(0, 3).map((chunk) => chunk.type)).toEqual(['IHDR', 'tEXt', 'tEXt']);
    expect(chunks[1]?.data.toString('latin1')).toBe(
      'prompt\0{"1": {"class_type": "\\u00e9", "inputs": {"seed": 18446744073709551615}}}',
    );
    expect(chunks[2]?.data.toString('latin1')).toBe('workflow\0{"id": "w"}');
  });
});

describe('PreviewImage', () => {
  it('keeps its five letters for a node and writes to the temp folder', async () => {
    const bench = await aNodeBench();
    const images = await bench.value<ImageBatch>('EmptyImage', RED);
    const first = await bench.run('PreviewImage', { images });
    const second = await bench.run('PreviewImage', { images });
    const named = /^ComfyUI_temp_([a-z]{5})_0000[12]_\.png$/;
    const [a, b] = [first, second].map((result) => {
      const [item] = result.ui?.['images'] as { filename: string; type: string }[];
      expect(item?.type).toBe('temp');
      return named.exec(item?.filename ?? '');
    });
    expect(a?.[1]).toBeDefined();
    expect(a?.[1]).toBe(b?.[1]);
    expect(a?.[0]).not.toBe(b?.[0]);
  });
});

describe('SaveImageWebsocket', () => {
  it('sends each frame as PNG with its progress, counting from zero', async () => {
    const bench = await aNodeBench();
    const images = await bench.value<ImageBatch>('EmptyImage', { ...RED, batch_size: 2 });
    const { ui } = await bench.run('SaveImageWebsocket', { images });
    expect(ui).toBeUndefined();
    expect(bench.progress).toMatchObject([
      { value: 0, max: 2, preview: { format: 'image/png' } },
      { value: 1, max: 2, preview: { format: 'image/png' } },
    ]);
    const meta = await sharp(bench.progress[0]?.preview?.image).metadata();
    expect([meta.width, meta.height]).toEqual([8, 6]);
  });
});
