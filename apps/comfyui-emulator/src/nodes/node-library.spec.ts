import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { aNodeBench, removeNodeBenches } from './node-bench.fixture';
import { nodeClasses } from './node-library';

afterAll(removeNodeBenches);

describe('the node library', () => {
  it('lists a V1 class as ComfyUI does', async () => {
    const { folders } = await aNodeBench();
    expect(nodeClasses.get('SaveImage')?.describe(folders)).toEqual({
      input: {
        required: { images: ['IMAGE'], filename_prefix: ['STRING', { default: 'ComfyUI' }] },
        hidden: { prompt: 'PROMPT', extra_pnginfo: 'EXTRA_PNGINFO' },
      },
      input_order: {
        required: ['images', 'filename_prefix'],
        hidden: ['prompt', 'extra_pnginfo'],
      },
      output: [],
      output_is_list: [],
      output_name: [],
      name: 'SaveImage',
      display_name: 'Save Image',
      description: 'Saves the input images to your ComfyUI output directory.',
      python_module: 'nodes',
      category: 'image',
      output_node: true,
    });
  });

  it('lists a V3 class with all keys and its combos by name', async () => {
    const { folders } = await aNodeBench();
    expect(nodeClasses.get('CaseConverter')?.describe(folders)).toMatchObject({
      input: {
        required: {
          string: ['STRING', { multiline: true }],
          mode: [
            'COMBO',
            { multiselect: false, options: ['UPPERCASE', 'lowercase', 'Capitalize', 'Title Case'] },
          ],
        },
      },
      output_tooltips: [null],
      deprecated: false,
      experimental: false,
      api_node: false,
    });
  });

  it('describes every class under its own name, with as many slots as names', async () => {
    const { folders } = await aNodeBench();
    for (const [name, node] of nodeClasses) {
      const info = node.describe(folders);
      expect(info.name).toBe(name);
      expect(info.output_name).toHaveLength(info.output.length);
    }
  });

  it('lists models with their sub-folders and old folder names, sorted, leaving other files out', async () => {
    const { folders } = await aNodeBench();
    for (const path of [
      'unet/b.safetensors',
      'diffusion_models/sub/a.gguf.sft',
      'unet/readme.txt',
    ]) {
      await mkdir(join(folders.models, path, '..'), { recursive: true });
      await writeFile(join(folders.models, path), '');
    }
    const info = nodeClasses.get('UNETLoader')?.describe(folders);
    expect(info?.input.required?.['unet_name']).toEqual([['b.safetensors', 'sub/a.gguf.sft']]);
  });
});
