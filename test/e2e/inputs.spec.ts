import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  aPrompt,
  eventually,
  freePort,
  launch,
  WebServer,
  type Answer,
  type LaunchedGateway,
} from '@gateway/testing';
import sharp from 'sharp';

type Graph = Readonly<
  Record<
    string,
    { readonly class_type: string; readonly inputs: Readonly<Record<string, unknown>> }
  >
>;

interface Kind {
  /** A graph that takes the file in `1.<input>` and gives it back. */
  readonly graph: (value: unknown) => Graph;
  readonly input: string;
  readonly extension: string;
  readonly type: string;
}

const KINDS: Readonly<Record<'image' | 'mask' | 'audio' | 'video', Kind>> = {
  image: {
    input: 'image',
    extension: 'png',
    type: 'image/png',
    graph: (image) => ({
      '1': { class_type: 'LoadImage', inputs: { image } },
      '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } },
    }),
  },
  mask: {
    input: 'image',
    extension: 'png',
    type: 'image/png',
    graph: (image) => ({
      '1': { class_type: 'LoadImageMask', inputs: { image, channel: 'red' } },
      '2': { class_type: 'MaskToImage', inputs: { mask: ['1', 0] } },
      '3': { class_type: 'SaveImage', inputs: { images: ['2', 0], filename_prefix: 'x' } },
    }),
  },
  audio: {
    input: 'audio',
    extension: 'flac',
    type: 'audio/flac',
    graph: (audio) => ({
      '1': { class_type: 'LoadAudio', inputs: { audio } },
      '2': { class_type: 'SaveAudio', inputs: { audio: ['1', 0], filename_prefix: 'audio/x' } },
    }),
  },
  video: {
    input: 'file',
    extension: 'mp4',
    type: 'video/mp4',
    graph: (file) => ({
      '1': { class_type: 'LoadVideo', inputs: { file } },
      '2': {
        class_type: 'SaveVideo',
        inputs: { video: ['1', 0], filename_prefix: 'video/x', format: 'auto', codec: 'auto' },
      },
    }),
  },
};

describe('inputs', () => {
  let gateway: LaunchedGateway;
  let web: WebServer;
  let files: Readonly<Record<keyof typeof KINDS, Buffer>>;

  beforeAll(async () => {
    gateway = await launch({ env: { URL_ALLOW_PRIVATE_NETWORKS: 'true' } });
    web = await WebServer.start();
    const image = await picture('#3a7', 48, 32);
    files = { image, mask: image, audio: await aSound(), video: await aFilm() };
  });

  afterAll(async () => {
    await gateway.stop();
    await web.stop();
  });

  const inputFolder = (): Promise<string[]> => readdir(gateway.workspace.input);

  async function aSound(): Promise<Buffer> {
    return outputOf({
      '1': { class_type: 'EmptyAudio', inputs: { duration: 1, sample_rate: 8000, channels: 1 } },
      '2': { class_type: 'SaveAudio', inputs: { audio: ['1', 0], filename_prefix: 'audio/x' } },
    });
  }

  async function aFilm(): Promise<Buffer> {
    return outputOf(
      aPrompt()
        .unsaved()
        .batchOf(3)
        .withNode('4', 'CreateVideo', { images: ['1', 0], fps: 8 })
        .withNode('5', 'SaveVideo', {
          video: ['4', 0],
          filename_prefix: 'video/x',
          format: 'mp4',
          codec: 'h264',
        })
        .build(),
    );
  }

  async function outputOf(graph: Graph): Promise<Buffer> {
    const { json } = await gateway.prompt(graph);
    return Buffer.from(json.images[0]!, 'base64');
  }

  describe.each(Object.entries(KINDS))('of type %s', (name, kind) => {
    const { graph, input, extension, type } = kind;
    const bytes = (): Buffer => files[name as keyof typeof KINDS];

    async function comesBack(value: unknown): Promise<Answer> {
      const before = await inputFolder();
      const answer = await gateway.prompt(graph(value));
      expect([answer.status, answer.json.error]).toEqual([200, undefined]);
      expect(answer.json.images).toHaveLength(1);
      expect(await inputFolder()).toEqual(before);
      return answer;
    }

    it('are taken by the name of a file that is there', async () => {
      await writeFile(join(gateway.workspace.input, `mine.${extension}`), bytes());
      const { json } = await comesBack(`mine.${extension}`);
      expect(json.prompt['1']?.inputs[input]).toBe(`mine.${extension}`);
    });

    it.each([
      ['base64', () => bytes().toString('base64')],
      ['URL-safe base64', () => bytes().toString('base64url')],
      ['a data URI', () => `data:${type};base64,${bytes().toString('base64')}`],
      [
        'a data URI that lies about its type',
        () => `data:text/plain;base64,${bytes().toString('base64')}`,
      ],
      ['an address', () => web.serve(`/${name}/file?x=1`, bytes(), 'application/octet-stream')],
    ])('are taken as %s', async (_how, value) => {
      const { json } = await comesBack(value());
      expect(json.prompt['1']?.inputs[input]).toMatch(
        new RegExp(`^gateway-[0-9a-f-]{36}/[0-9a-f]+\\.${extension}$`),
      );
    });

    it.each([
      [
        'an address that answers 404',
        () => refusing(web, `/nothing/${name}`),
        'input.unreachable',
        '404',
      ],
      [
        'a text in place of a file',
        () => Buffer.from('hello '.repeat(20)).toString('base64'),
        'input.unreadable',
        'known file type',
      ],
      ['a broken data URI', () => `data:${type};base64,AAA*`, 'input.unreadable', 'base64'],
    ])('are refused as %s, by node and input', async (_what, value, code, words) => {
      const { status, json } = await gateway.prompt(graph(value()));
      expect([status, json.code, json.location]).toEqual([400, code, `prompt.1.inputs.${input}`]);
      expect(json.error).toContain(`Input "${input}" of node 1`);
      expect(json.error).toContain(words);
    });
  });

  it('of the wrong kind are refused before ComfyUI sees them', async () => {
    const sound = files.audio.toString('base64');
    const { status, json } = await gateway.prompt(KINDS.image.graph(sound));
    expect([status, json.code, json.location]).toEqual([
      400,
      'input.wrong_type',
      'prompt.1.inputs.image',
    ]);
    expect(json.error).toContain('takes a picture; what was sent is audio/');
  });

  it('that nobody answers for are refused with the reason', async () => {
    const url = `http://127.0.0.1:${await freePort()}/a.png`;
    const { status, json } = await gateway.prompt(KINDS.image.graph(url));
    expect([status, json.code]).toEqual([400, 'input.unreachable']);
    expect(json.error).toMatch(/cannot be fetched: .*refused/);
  });

  it('that are the same are fetched once', async () => {
    const url = web.serve('/once.png', files.image, 'image/png');
    const before = web.calls.length;
    const { json } = await gateway.prompt({
      ...KINDS.image.graph(url),
      '3': { class_type: 'LoadImage', inputs: { image: url } },
      '4': { class_type: 'SaveImage', inputs: { images: ['3', 0], filename_prefix: 'y' } },
    });
    expect(json.images).toHaveLength(2);
    expect(json.prompt['3']?.inputs['image']).toBe(json.prompt['1']?.inputs['image']);
    expect(web.calls.length - before).toBe(1);
  });

  it('follow redirects', async () => {
    const target = web.serve('/moved.png', files.image, 'image/png');
    web.plan((response) => {
      response.writeHead(302, { location: target });
      response.end();
    });
    const { status } = await gateway.prompt(KINDS.image.graph(web.url('/old.png')));
    expect(status).toBe(200);
  });

  it.each(['VHS_LoadImages', 'VHS_LoadImagesPath'])(
    'of %s are a folder of files from anywhere, in order',
    async (classType) => {
      await mkdir(join(gateway.workspace.input, 'mine'), { recursive: true });
      await writeFile(
        join(gateway.workspace.input, 'mine', 'blue.png'),
        await picture('#00f', 8, 8),
      );
      const before = await inputFolder();
      const directory = [
        (await picture('#f00', 8, 8)).toString('base64'),
        web.serve('/green.png', await picture('#0f0', 8, 8), 'image/png'),
        'mine/blue.png',
        web.url('/green.png'),
      ];
      const { status, json } = await gateway.prompt({
        '1': { class_type: classType, inputs: { directory } },
        '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } },
      });

      expect([status, json.error]).toEqual([200, undefined]);
      expect(await Promise.all(json.images.map(colourOf))).toEqual([
        [255, 0, 0],
        [0, 255, 0],
        [0, 0, 255],
        [0, 255, 0],
      ]);
      expect(await inputFolder()).toEqual(before);
    },
  );

  it('of a folder are refused by the number of the file', async () => {
    const { status, json } = await gateway.prompt({
      '1': { class_type: 'VHS_LoadImages', inputs: { directory: ['mine/blue.png', 'gone.png'] } },
      '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } },
    });
    expect([status, json.code, json.location]).toEqual([
      400,
      'input.unreadable',
      'prompt.1.inputs.directory.1',
    ]);
  });

  it('of a prompt that is canceled while it waits are removed with it', async () => {
    await gateway.arm('slow-nodes:300');
    const first = gateway.prompt(aPrompt().sized(16, 16).build());
    const second = gateway.prompt(aPrompt().sized(17, 17).build());
    const before = await inputFolder();
    const leaving = new AbortController();
    const value = files.image.toString('base64');
    const waiting = Array.from({ length: 12 }, () =>
      gateway
        .post('/prompt', { prompt: KINDS.image.graph(value) }, { signal: leaving.signal })
        .catch(() => 'gone'),
    );
    await eventually(async () => (await inputFolder()).length >= before.length + 12, 'all wait');
    leaving.abort();
    await Promise.all([...waiting, first, second]);
    await eventually(async () => (await inputFolder()).length === before.length, 'all are removed');
  });
});

describe('inputs by address', () => {
  let gateway: LaunchedGateway;
  let web: WebServer;

  beforeEach(async () => {
    web = await WebServer.start();
  });

  afterEach(async () => {
    await gateway.stop();
    await web.stop();
  });

  it.each([
    'http://127.0.0.1:8188/view?filename=x.png',
    'http://[::1]/a.png',
    'http://[::ffff:127.0.0.1]/a.png',
    'http://0x7f000001/a.png',
    'http://2130706433/a.png',
    'http://localhost:8188/a.png',
  ])('are refused when they lead into our own network: %s', async (url) => {
    gateway = await launch();
    const { status, json } = await gateway.prompt(KINDS.image.graph(url));
    expect([status, json.code, json.location]).toEqual([
      400,
      'input.forbidden',
      'prompt.1.inputs.image',
    ]);
  });

  it('are refused when a redirect leads into our own network', async () => {
    gateway = await launch({ env: { URL_ALLOW_HOSTS: `127.0.0.1:${web.port}` } });
    web.plan((response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${gateway.ports.engine}/object_info` });
      response.end();
    });
    const { status, json } = await gateway.prompt(KINDS.image.graph(web.url('/a.png')));
    expect([status, json.code]).toEqual([400, 'input.forbidden']);
    expect(web.calls).toHaveLength(1);
  });

  it('are fetched from hosts that the operator names, wherever they are', async () => {
    gateway = await launch({ env: { URL_ALLOW_HOSTS: '127.0.0.1' } });
    const url = web.serve('/a.png', await picture('#123', 8, 8), 'image/png');
    expect((await gateway.prompt(KINDS.image.graph(url))).status).toBe(200);
  });

  it('are refused when they are larger, or slower, than they may be', async () => {
    gateway = await launch({
      env: { URL_ALLOW_HOSTS: '127.0.0.1', URL_MAX_SIZE_MB: '0.01', URL_TIMEOUT_S: '0.5' },
    });
    const large = web.serve('/large.png', Buffer.alloc(100_000, 1), 'image/png');
    const tooLarge = await gateway.prompt(KINDS.image.graph(large));
    expect([tooLarge.status, tooLarge.json.code]).toEqual([400, 'input.too_large']);
    web.always(() => undefined);
    const tooSlow = await gateway.prompt(KINDS.image.graph(web.url('/slow.png')));
    expect([tooSlow.status, tooSlow.json.code]).toEqual([400, 'input.unreachable']);
    expect(await readdir(gateway.workspace.input)).toEqual([]);
  });

  it('end with their job: a client that leaves ends the fetch', async () => {
    gateway = await launch({ env: { URL_ALLOW_HOSTS: '127.0.0.1' } });
    let isBrokenOff = false;
    const beginning = (await picture('#123', 200, 200)).subarray(0, 200);
    web.always((response) => {
      response.writeHead(200, { 'content-type': 'image/png' });
      response.write(beginning);
      response.once('close', () => (isBrokenOff = true));
    });
    const leaving = new AbortController();
    const answer = gateway
      .post('/prompt', { prompt: KINDS.image.graph(web.url('/a.png')) }, { signal: leaving.signal })
      .catch(() => 'gone');
    await eventually(() => web.calls.length === 1, 'it is asked for');
    leaving.abort();
    expect(await answer).toBe('gone');
    await eventually(() => isBrokenOff, 'the fetch is broken off');
    await eventually(
      async () => (await readdir(gateway.workspace.input)).length === 0,
      'nothing half-written stays',
    );
  });
});

describe('inputs of a gateway that was killed', () => {
  it('are removed when the next one has run its job, and nobody else is touched', async () => {
    const killed = await launch();
    await writeFile(join(killed.workspace.input, 'mine.png'), await picture('#123', 8, 8));
    await mkdir(join(killed.workspace.input, 'gateway-of-mine'));
    await killed.arm('hang-in-node');
    const value = (await picture('#456', 8, 8)).toString('base64');
    const lost = killed.prompt(KINDS.image.graph(value)).catch(() => 'lost');
    await eventually(
      async () => (await readdir(killed.workspace.input)).length === 3,
      'the inputs are stored',
    );
    killed.process.signal('SIGKILL');
    await killed.process.exited;
    expect(await lost).toBe('lost');

    const next = await launch({ workspace: killed.workspace, ports: killed.ports });

    await eventually(
      async () => (await readdir(next.workspace.input)).length === 2,
      'the inputs are removed',
    );
    expect((await readdir(next.workspace.input)).sort()).toEqual(['gateway-of-mine', 'mine.png']);
    await next.stop();
  });
});

function refusing(web: WebServer, path: string): string {
  web.plan(404);
  return web.url(path);
}

function picture(background: string, width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}

async function colourOf(base64: string): Promise<readonly number[]> {
  const { data } = await sharp(Buffer.from(base64, 'base64'))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return [...data.subarray(0, 3)];
}
