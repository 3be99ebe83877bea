import { execFile } from 'node:child_process';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import {
  aPrompt,
  eventually,
  launch,
  makeWorkspace,
  type LaunchedGateway,
  type LaunchOptions,
  type Workspace,
} from '@gateway/testing';
import sharp from 'sharp';

const ROOT = join(__dirname, '../..');
const WORKFLOW = `
import { z } from "zod";
import config from "../config";

const RequestSchema = z.object({ size: z.number().int().default(32).describe("Side in pixels") });

export default {
  RequestSchema,
  summary: "A square with " + config.samplers.options.length + " samplers",
  generateWorkflow: (input: z.infer<typeof RequestSchema>) => ({
    "1": { class_type: "EmptyImage", inputs: { width: input.size, height: input.size, batch_size: 1, color: 255 } },
    "2": { class_type: "SaveImage", inputs: { images: ["1", 0], filename_prefix: "square" } },
  }),
};
`;

// Thousands of files are written, which takes its time on a busy disk.
jest.setTimeout(180_000);

describe('the single executable, alone in a folder', () => {
  let folder: string;
  let executable: string;
  const gateways: LaunchedGateway[] = [];

  beforeAll(async () => {
    await buildUnlessCurrent();
    folder = await mkdtemp(join(tmpdir(), 'gateway-alone-'));
    executable = join(folder, 'comfyui-gateway');
    await copyFile(join(ROOT, 'dist/comfyui-gateway'), executable);
  });

  afterEach(async () => {
    await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('tells its version and its options, and unpacks nothing for it', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      readonly version: string;
    };
    expect(await run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect((await run(['--help'])).stdout).toContain('COMFYUI_GATEWAY_CACHE_DIR');
    expect(await readdir(folder)).toEqual(['comfyui-gateway']);
  });

  it('serves prompts, conversions, workflow files and the docs with all their parts', async () => {
    const gateway = await start({ workspace: await workspaceWith('square.ts', WORKFLOW) });

    const { status, json } = await gateway.prompt(aPrompt().build(), {
      convert_output: { format: 'webp', options: { quality: 80 } },
    });
    expect([status, json.error]).toEqual([200, undefined]);
    expect(await formatOf(json.images[0])).toEqual({ format: 'webp', width: 64 });

    const square = await gateway.post('/workflows/square', { input: { size: 16 } });
    expect([square.status, square.json.error]).toEqual([200, undefined]);
    expect(await formatOf(square.json.images[0])).toEqual({ format: 'png', width: 16 });

    const page = await (await fetch(`${gateway.url}/docs`)).text();
    const parts = [...page.matchAll(/(?:src|href)="\.?\/?(docs\/[^"]+)"/g)].map(([, part]) => part);
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) {
      const answer = await fetch(`${gateway.url}/${part}`);
      expect([part, answer.status, (await answer.text()).length > 0]).toEqual([part, 200, true]);
    }
    expect((await gateway.get('/docs/json')).json['paths']).toMatchObject({
      '/prompt': {},
      '/workflows/square': {},
    });
  });

  it('is one process, which drains at SIGTERM and exits as the gateway does', async () => {
    const gateway = await start({ emulator: ['--step-ms', '50'] });
    const accepted = gateway.prompt(aPrompt().sampled({ steps: 10 }).build());
    const isRunning = (): boolean => gateway.process.logLines.some(({ to }) => to === 'running');
    await eventually(isRunning, 'the prompt runs');

    gateway.process.signal('SIGTERM');

    expect((await accepted).status).toBe(200);
    expect(await gateway.process.exited).toEqual({ code: 0, signal: null });
    expect(gateway.process.stderrLines).toEqual([]);
  });

  it('exits non-zero, in the words of the gateway, when that cannot start', async () => {
    const gateway = await start({ waitUntilReady: false, env: { PORT: 'eighty' } });

    expect(await gateway.process.exited).toEqual({ code: 1, signal: null });
    expect(gateway.process.stderrLines).toEqual([expect.stringMatching(/^PORT /)]);
  });

  it('mends a folder that is broken', async () => {
    const unpacked = (await run(['--unpack'])).stdout.trim();
    const entry = join(unpacked, 'dist/apps/api/src/main.js');
    const whole = await readFile(entry, 'utf8');
    await truncate(entry);
    await rm(join(unpacked, 'node_modules/fastify'), { recursive: true });

    const gateway = await start();

    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
    expect(await readFile(entry, 'utf8')).toBe(whole);
    expect(await readdir(join(folder, 'cache'))).toHaveLength(1);
  });

  it('carries licences, libvips as a file of its own, and nothing for other platforms', async () => {
    const unpacked = (await run(['--unpack'])).stdout.trim();
    const paths = await readdir(unpacked, { recursive: true });

    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'THIRD-PARTY-NOTICES']));
    expect(paths.filter((path) => /\/lib\/libvips-cpp\.[\w.]+$/.test(path))).toHaveLength(1);
    const native = paths.filter((path) => /\.(?:node|dylib|dll|so[.\d]*)$/.test(path));
    const foreign = ['darwin', 'linux', 'win32', 'musl'].filter((part) => !isOfThisPlatform(part));
    for (const path of native) expect(path).not.toMatch(new RegExp(foreign.join('|')));
  });

  it('starts twice at once from nothing', async () => {
    const cache = join(folder, 'cache-of-two');

    const two = await Promise.all([start({}, cache), start({}, cache)]);

    for (const gateway of two) {
      expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
    }
    expect(await readdir(cache)).toHaveLength(1);
  });

  it('obeys a signal that comes while it unpacks', async () => {
    const cache = join(folder, 'cache-of-a-signal');
    const gateway = await start({ waitUntilReady: false }, cache);
    await untilUnpacking(cache);

    gateway.process.signal('SIGTERM');

    expect(await gateway.process.exited).toEqual({ code: 0, signal: null });
    expect(await readdir(cache)).toEqual([expect.not.stringMatching(/^\./)]);
  });

  it('starts after one that was killed while it unpacked', async () => {
    const cache = join(folder, 'cache-of-a-kill');
    const killed = await start({ waitUntilReady: false }, cache);
    await untilUnpacking(cache);
    killed.process.signal('SIGKILL');
    await killed.process.exited;
    expect(await readdir(cache)).toEqual([expect.stringMatching(/^\.unfinished-/)]);

    const gateway = await start({}, cache);

    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
  });

  it('refuses other arguments', async () => {
    expect(await run(['--port', '80'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'Cannot make sense of "--port 80": --help says what there is.\n',
    });
  });

  it('names the variable when it cannot unpack', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    expect(await run(['--unpack'], file)).toEqual({
      code: 1,
      stdout: '',
      stderr: `The cache folder ${file} is not a folder: name another with COMFYUI_GATEWAY_CACHE_DIR.\n`,
    });
  });

  async function start(
    options: LaunchOptions = {},
    cache = join(folder, 'cache'),
  ): Promise<LaunchedGateway> {
    const env = { COMFYUI_GATEWAY_CACHE_DIR: cache, ...options.env };
    const gateway = await launch({ ...options, executable, env, waitUntilReady: false });
    gateways.push(gateway);
    if (options.waitUntilReady !== false) await gateway.untilReady(UNPACKING_MS);
    return gateway;
  }

  function run(words: readonly string[], cache = join(folder, 'cache')): Promise<Ended> {
    const options = { cwd: folder, env: { COMFYUI_GATEWAY_CACHE_DIR: cache } };
    return promisify(execFile)(executable, words, options).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: unknown) => {
        const { code, stdout, stderr } = error as Ended;
        return { code, stdout, stderr };
      },
    );
  }
});

const UNPACKING_MS = 120_000;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function workspaceWith(file: string, text: string): Promise<Workspace> {
  const workspace = await makeWorkspace();
  await mkdir(join(workspace.base, 'workflows'), { recursive: true });
  await writeFile(join(workspace.base, 'workflows', file), text);
  return workspace;
}

async function untilUnpacking(cache: string): Promise<void> {
  const inside = () => readdir(cache).catch(() => []);
  await eventually(async () => (await inside()).length > 0, 'it unpacks');
}

function isOfThisPlatform(part: string): boolean {
  const { header } = process.report.getReport() as { readonly header: object };
  const isMusl = process.platform === 'linux' && !('glibcVersionRuntime' in header);
  return part === process.platform || (part === 'musl' && isMusl);
}

/** As `npm run build:binary` does, of a build that is there. */
async function buildUnlessCurrent(): Promise<void> {
  const jiti = join(ROOT, 'node_modules/jiti/lib/jiti-cli.mjs');
  const args = [jiti, join(ROOT, 'packaging/build-binary.ts'), '--unless-current'];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT });
}

async function formatOf(image: string | undefined) {
  const { format, width } = await sharp(Buffer.from(image!, 'base64')).metadata();
  return { format, width };
}
