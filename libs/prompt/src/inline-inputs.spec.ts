import type { JsonValue, PromptGraph } from '@gateway/comfy-protocol';
import sharp from 'sharp';

import { materializeInputs } from './inline-inputs';
import { someObjectInfo } from './testing/fake-engine';
import { MemoryEngineFiles } from './testing/memory.engine-files';

function picture(background: string): Promise<Buffer> {
  return sharp({ create: { width: 40, height: 30, channels: 3, background } })
    .png()
    .toBuffer();
}

function loading(...images: readonly JsonValue[]): PromptGraph {
  return Object.fromEntries(
    images.map((image, index) => [`${index}`, { class_type: 'LoadImage', inputs: { image } }]),
  );
}

describe('materializeInputs', () => {
  let files: MemoryEngineFiles;
  let red: Buffer;
  let blue: Buffer;

  beforeAll(async () => {
    red = await picture('#f00');
    blue = await picture('#00f');
  });

  beforeEach(() => {
    files = new MemoryEngineFiles();
  });

  function materialize(prompt: PromptGraph) {
    return materializeInputs(prompt, files, someObjectInfo);
  }

  it('writes base64 and data URIs as files of the job, and names them in the graph', async () => {
    const uri = `data:image/png;base64,${blue.toString('base64')}`;
    const prompt = loading(red.toString('base64'), uri);
    const before = structuredClone(prompt);
    const { prompt: changed, inputFolder } = await materialize(prompt);
    expect(changed).toEqual(loading(`${inputFolder}/1.png`, `${inputFolder}/2.png`));
    expect(files.inputs.get(`${inputFolder}/1.png`)?.equals(red)).toBe(true);
    expect(files.inputs.get(`${inputFolder}/2.png`)?.equals(blue)).toBe(true);
    expect(prompt).toEqual(before);
  });

  it('mints a folder for each job, for it will be removed with all that is in it', async () => {
    const prompt = loading(red.toString('base64'));
    const [first, second] = [await materialize(prompt), await materialize(prompt)];
    expect(first.inputFolder).toMatch(/^gateway-[0-9a-f-]{36}$/);
    expect(second.inputFolder).not.toBe(first.inputFolder);
  });

  it('writes equal values once', async () => {
    const value = red.toString('base64');
    const { prompt, inputFolder: folder } = await materialize(
      loading(value, blue.toString('base64'), value),
    );
    expect(prompt).toEqual(loading(`${folder}/1.png`, `${folder}/2.png`, `${folder}/1.png`));
    expect(files.inputs.size).toBe(2);
  });

  it('leaves names and links as they are, and needs no folder for them', async () => {
    const prompt = loading('a.png', 'clients/a.png', ['7', 0]);
    const result = await materialize(prompt);
    expect(result).toEqual({ prompt });
    expect(files.inputs.size).toBe(0);
  });

  it('leaves long texts alone where no file is expected', async () => {
    const text = red.toString('base64');
    const prompt: PromptGraph = {
      '1': { class_type: 'CLIPTextEncode', inputs: { text } },
      '2': { class_type: 'LoadImage', inputs: { image: 'a.png', note: text } },
    };
    expect(await materialize(prompt)).toEqual({ prompt });
  });

  it('keeps the other inputs of a node', async () => {
    const prompt: PromptGraph = {
      '1': {
        class_type: 'LoadImage',
        inputs: { image: red.toString('base64'), upload: 'image' },
        _meta: { title: 'Load' },
      },
    };
    const { prompt: changed, inputFolder } = await materialize(prompt);
    expect(changed['1']).toEqual({
      class_type: 'LoadImage',
      inputs: { image: `${inputFolder}/1.png`, upload: 'image' },
      _meta: { title: 'Load' },
    });
  });

  it('refuses bytes that are no picture, says where they stand, and removes what was written', async () => {
    const nonsense = Buffer.from('no picture '.repeat(20)).toString('base64');
    await expect(materialize(loading(red.toString('base64'), nonsense))).rejects.toMatchObject({
      code: 'input.unreadable',
      location: 'prompt.1.inputs.image',
      message:
        'Input "image" of node 1 cannot be read: its bytes are not a picture in a known format',
    });
    expect(files.inputs.size).toBe(0);
  });

  it('refuses an address, and says where it stands', async () => {
    await expect(materialize(loading('https://example.org/a.png'))).rejects.toMatchObject({
      code: 'input.url_unsupported',
      location: 'prompt.0.inputs.image',
    });
  });

  it('does not take a full disk for a bad input', async () => {
    files.failOnPut = new Error('no space left on device');
    await expect(materialize(loading(red.toString('base64')))).rejects.toBe(files.failOnPut);
  });
});
