import type { JsonValue, ObjectInfo, PromptGraph } from '@gateway/comfy-protocol';
import type { OutboundRequest } from '@gateway/outbound';
import sharp from 'sharp';

import { someObjectInfo } from '../testing/fake-engine';
import { FakeAssets } from '../testing/fake-assets';
import { FakeFetcher } from '../testing/fake-fetcher';
import { MemoryEngineFiles } from '../testing/memory.engine-files';
import { JobInputs, mintInputFolder } from './job-inputs';

const FOLDER = 'gateway-test';
const NEVER = new AbortController().signal;

const objectInfo: ObjectInfo = {
  ...someObjectInfo,
  VHS_LoadImages: {
    name: 'VHS_LoadImages',
    input: { required: { directory: [['a']] } },
    output: ['IMAGE'],
    output_node: false,
  },
};

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

function folderOf(classType: string, ...directory: readonly string[]): PromptGraph {
  return { '1': { class_type: classType, inputs: { directory } } };
}

describe('JobInputs', () => {
  let files: MemoryEngineFiles;
  let fetcher: FakeFetcher;
  let inputs: JobInputs;
  let red: Buffer;
  let blue: Buffer;

  beforeAll(async () => {
    red = await picture('#f00');
    blue = await picture('#00f');
  });

  beforeEach(() => {
    files = new MemoryEngineFiles();
    fetcher = new FakeFetcher();
    inputs = new JobInputs({ files, fetcher }, FOLDER);
  });

  const imageOf = (prompt: PromptGraph, nodeId: string): string =>
    prompt[nodeId]?.inputs['image'] as string;

  it('mints a folder for each job, for it will be removed with all that is in it', () => {
    expect(mintInputFolder()).toMatch(/^gateway-[0-9a-f-]{36}$/);
    expect(mintInputFolder()).not.toBe(mintInputFolder());
  });

  describe('at the door', () => {
    it('writes base64 and data URIs as files of the job, and names them in the graph', async () => {
      const uri = `data:image/png;base64,${blue.toString('base64')}`;
      const prompt = loading(red.toString('base64'), uri);
      const before = structuredClone(prompt);
      const stored = await inputs.storeInline(prompt, objectInfo);
      const names = [imageOf(stored.prompt, '0'), imageOf(stored.prompt, '1')];
      for (const name of names) expect(name).toMatch(/^gateway-test\/[0-9a-f]{12}\.png$/);
      expect(names.map((name) => files.inputs.get(name))).toEqual([red, blue]);
      expect(stored.folders).toEqual([FOLDER]);
      expect(stored.savedBytes).toBe(red.toString('base64').length + uri.length);
      expect(prompt).toEqual(before);
    });

    it('writes equal values once', async () => {
      const value = red.toString('base64');
      const { prompt } = await inputs.storeInline(
        loading(value, blue.toString('base64'), value),
        objectInfo,
      );
      expect(imageOf(prompt, '0')).toBe(imageOf(prompt, '2'));
      expect(files.inputs.size).toBe(2);
    });

    it('leaves names, links and addresses as they are, and needs no folder for them', async () => {
      const prompt = loading('a.png', 'clients/a.png', ['7', 0], 'https://example.org/a.png');
      expect(await inputs.storeInline(prompt, objectInfo)).toEqual({ prompt, folders: [] });
      expect(files.inputs.size).toBe(0);
    });

    it('leaves long texts alone where no file is expected', async () => {
      const text = red.toString('base64');
      const prompt: PromptGraph = {
        '1': { class_type: 'CLIPTextEncode', inputs: { text } },
        '2': { class_type: 'LoadImage', inputs: { image: 'a.png', note: text } },
      };
      expect((await inputs.storeInline(prompt, objectInfo)).prompt).toEqual(prompt);
    });

    it('goes by the well-known names while the engine has not told its inputs', async () => {
      const { prompt } = await inputs.storeInline(loading(red.toString('base64')), undefined);
      expect(imageOf(prompt, '0')).toMatch(/\.png$/);
    });

    it('keeps the other inputs of a node', async () => {
      const node = { class_type: 'LoadImage', _meta: { title: 'Load' } };
      const { prompt } = await inputs.storeInline(
        { '1': { ...node, inputs: { image: red.toString('base64'), upload: 'image' } } },
        objectInfo,
      );
      expect(prompt['1']).toEqual({
        ...node,
        inputs: { image: expect.stringMatching(/\.png$/), upload: 'image' },
      });
    });

    it('takes a text that could be base64 for a name when there is a file of that name', async () => {
      const name = 'A'.repeat(80);
      files.inputs.set(name, red);
      const { prompt } = await inputs.storeInline(loading(name), objectInfo);
      expect(imageOf(prompt, '0')).toBe(name);
    });

    it('refuses bytes of no type, says where they stand, and removes what was written', async () => {
      const nonsense = Buffer.from('no picture '.repeat(20)).toString('base64');
      const storing = inputs.storeInline(loading(red.toString('base64'), nonsense), objectInfo);
      await expect(storing).rejects.toMatchObject({
        code: 'input.unreadable',
        location: 'prompt.1.inputs.image',
        message: expect.stringMatching(/^Input "image" of node 1 cannot be read: .*file type/),
      });
      expect(files.inputs.size).toBe(0);
    });

    it('refuses what is something else than the input takes', async () => {
      const wave = Buffer.from('RIFF\0\0\0\0WAVEfmt '.padEnd(64, '\0'), 'latin1');
      await expect(
        inputs.storeInline(loading(wave.toString('base64')), objectInfo),
      ).rejects.toMatchObject({
        code: 'input.wrong_type',
        location: 'prompt.0.inputs.image',
        message: expect.stringMatching(/takes a picture; what was sent is audio\//),
      });
    });

    it('takes no more files for one job than anybody could mean', async () => {
      const names = Array.from({ length: 1001 }, (_, n) => `${n}.png`);
      await expect(inputs.storeInline(loading(...names), objectInfo)).rejects.toMatchObject({
        code: 'input.too_many',
        message: 'The prompt names 1001 files; at most 1000 are taken',
      });
    });

    it('does not take a full disk for a bad input', async () => {
      files.failOnPut = Object.assign(new Error('write'), { code: 'ENOSPC' });
      await expect(
        inputs.storeInline(loading(red.toString('base64')), objectInfo),
      ).rejects.toMatchObject({
        code: 'input.not_stored',
        message: 'The inputs could not be stored: the disk is full',
      });
    });
  });

  describe('when its turn comes', () => {
    const URL_OF_RED = 'https://files.example/red';

    it('fetches addresses, and names the files in the graph', async () => {
      fetcher.put(URL_OF_RED, red, 'application/octet-stream');
      const stored = await inputs.storeAllOf(loading(URL_OF_RED, 'a.png'), objectInfo, NEVER);
      expect(imageOf(stored.prompt, '0')).toMatch(/^gateway-test\/[0-9a-f]{12}\.png$/);
      expect(imageOf(stored.prompt, '1')).toBe('a.png');
      expect(files.inputs.get(imageOf(stored.prompt, '0'))).toEqual(red);
      expect(stored.folders).toEqual([FOLDER]);
    });

    it('fetches the same address once', async () => {
      fetcher.put(URL_OF_RED, red);
      const { prompt } = await inputs.storeAllOf(
        loading(URL_OF_RED, URL_OF_RED),
        objectInfo,
        NEVER,
      );
      expect(imageOf(prompt, '0')).toBe(imageOf(prompt, '1'));
      expect(fetcher.asked).toEqual([URL_OF_RED]);
    });

    it('fetches four at once and no more', async () => {
      let underWay = 0;
      let most = 0;
      fetcher.onAsked = async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
      };
      const urls = Array.from({ length: 12 }, (_, n) => `https://files.example/${n}`);
      for (const url of urls) fetcher.put(url, red);
      await inputs.storeAllOf(loading(...urls), objectInfo, NEVER);
      expect(most).toBe(4);
    });

    it.each([
      ['https://gone.example/a', 'input.unreachable', 'cannot be fetched: '],
      ['http://forbidden.example/a', 'input.forbidden', 'may not be fetched: '],
    ])('refuses %s with its reason, and removes what was written', async (url, code, words) => {
      fetcher.put(URL_OF_RED, red);
      const storing = inputs.storeAllOf(loading(URL_OF_RED, url), objectInfo, NEVER);
      await expect(storing).rejects.toMatchObject({
        code,
        location: 'prompt.1.inputs.image',
        message: expect.stringContaining(`Input "image" of node 1 ${words}`),
      });
      expect(files.inputs.size).toBe(0);
    });

    it('breaks off all fetches with the first that fails, and tells that one', async () => {
      const signals: (AbortSignal | undefined)[] = [];
      fetcher.put(URL_OF_RED, red);
      fetcher.onAsked = ({ url, signal }) => {
        signals.push(signal);
        if (url !== URL_OF_RED) return Promise.resolve();
        return new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        });
      };
      await expect(
        inputs.storeAllOf(loading(URL_OF_RED, 'https://gone.example/a'), objectInfo, NEVER),
      ).rejects.toMatchObject({ code: 'input.unreachable', location: 'prompt.1.inputs.image' });
      expect(signals.every((signal) => signal?.aborted)).toBe(true);
    });

    it('ends with its job', async () => {
      const control = new AbortController();
      const reason = new Error('canceled');
      fetcher.onAsked = () => {
        control.abort(reason);
        return Promise.resolve();
      };
      await expect(inputs.storeAllOf(loading(URL_OF_RED), objectInfo, control.signal)).rejects.toBe(
        reason,
      );
    });

    it('makes a folder of an array, its files numbered in order, whatever they come from', async () => {
      fetcher.put(URL_OF_RED, red);
      files.inputs.set('mine/x.png', blue);
      const array = [blue.toString('base64'), URL_OF_RED, 'mine/x.png', URL_OF_RED];
      const stored = await inputs.storeAllOf(
        folderOf('VHS_LoadImages', ...array),
        objectInfo,
        NEVER,
      );
      expect(stored.prompt['1']?.inputs['directory']).toBe(`${FOLDER}-1`);
      expect(stored.folders).toContain(`${FOLDER}-1`);
      const written = [1, 2, 3, 4].map((n) => files.inputs.get(`${FOLDER}-1/0000${n}.png`));
      expect(written).toEqual([blue, red, blue, red]);
      expect(fetcher.asked).toEqual([URL_OF_RED]);
      expect(files.openCount).toBe(0);
    });

    it('goes on where the door left off', async () => {
      fetcher.put(URL_OF_RED, red);
      const graph = folderOf('VHS_LoadImages', blue.toString('base64'), URL_OF_RED);
      const atDoor = await inputs.storeInline(graph, objectInfo);
      expect(atDoor.prompt['1']?.inputs['directory']).toEqual([
        `${FOLDER}-1/00001.png`,
        URL_OF_RED,
      ]);
      const later = new JobInputs({ files, fetcher }, FOLDER);
      const { prompt } = await later.storeAllOf(atDoor.prompt, objectInfo, NEVER);
      expect(prompt['1']?.inputs['directory']).toBe(`${FOLDER}-1`);
      expect([...files.inputs.keys()].sort()).toEqual([
        `${FOLDER}-1/00001.png`,
        `${FOLDER}-1/00002.png`,
      ]);
    });

    it('tells a node that takes any path where its folder is', async () => {
      const graph = folderOf('VHS_LoadImagesPath', red.toString('base64'));
      const { prompt } = await inputs.storeAllOf(graph, objectInfo, NEVER);
      expect(prompt['1']?.inputs['directory']).toBe(`/inputs/${FOLDER}-1`);
    });

    it('refuses a folder with a file that is not there, by its number', async () => {
      const graph = folderOf('VHS_LoadImages', red.toString('base64'), 'gone.png');
      await expect(inputs.storeAllOf(graph, objectInfo, NEVER)).rejects.toMatchObject({
        code: 'input.unreadable',
        location: 'prompt.1.inputs.directory.1',
        message: expect.stringMatching(/file 2, .*no such file in the input folder/),
      });
      expect(files.inputs.size).toBe(0);
    });
  });

  describe('of assets', () => {
    const asset = (id: string) => ({ __type: 'core/ASSET', info: { id } });
    let assets: FakeAssets;

    beforeEach(() => {
      assets = new FakeAssets();
      assets.files.set('a', { filename: 'photo.png', bytes: red });
      assets.files.set('b', { filename: 'no-extension', bytes: blue });
      const openAsset = (id: string) => assets.open(id);
      const sources = { download: (order: OutboundRequest) => fetcher.download(order), openAsset };
      inputs = new JobInputs({ files, fetcher: sources }, FOLDER);
    });

    it('writes each once, and puts its name wherever it is referred to', async () => {
      const prompt = loading(asset('a'), asset('b'), asset('a'), { deep: asset('a') });
      const stored = await inputs.storeAllOf(prompt, objectInfo, NEVER);
      const [first, second, third] = ['0', '1', '2'].map((id) => imageOf(stored.prompt, id));
      expect(first).toMatch(/^gateway-test\/[0-9a-f]{12}\.png$/);
      expect(third).toBe(first);
      expect(second).toMatch(/\.png$/);
      expect(stored.prompt['3']?.inputs['image']).toEqual({ deep: first });
      expect(files.inputs.get(first ?? '')).toEqual(red);
      expect(files.inputs.get(second ?? '')).toEqual(blue);
      expect(files.inputs.size).toBe(2);
      expect(stored.folders).toEqual([FOLDER]);
    });

    it('fills a folder with them, in their order', async () => {
      const directory = [asset('b'), asset('a')];
      const prompt: PromptGraph = { '1': { class_type: 'VHS_LoadImages', inputs: { directory } } };
      const stored = await inputs.storeAllOf(prompt, objectInfo, NEVER);
      expect(stored.prompt['1']?.inputs['directory']).toBe(`${FOLDER}-1`);
      expect(files.inputs.get(`${FOLDER}-1/00001.png`)).toEqual(blue);
      expect(files.inputs.get(`${FOLDER}-1/00002.png`)).toEqual(red);
      expect([...stored.folders].sort()).toEqual([FOLDER, `${FOLDER}-1`]);
    });

    it('leaves no file when another input fails', async () => {
      const prompt = loading(asset('a'), 'https://forbidden.example/x.png');
      await expect(inputs.storeAllOf(prompt, objectInfo, NEVER)).rejects.toMatchObject({
        code: 'input.forbidden',
      });
      expect(files.inputs.size).toBe(0);
    });
  });
});
