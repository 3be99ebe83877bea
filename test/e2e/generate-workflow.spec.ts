import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { ModelCatalogue, workflowConfig } from '@gateway/catalogue';
import { ComfyHttp } from '@gateway/comfy-client';
import { silentLog } from '@gateway/kernel';
import { launch, makeWorkspace, WebServer, type LaunchedGateway } from '@gateway/testing';
import type { Workflow } from '@gateway/workflow-files';
import { loadWorkflows, type WorkflowCatalogue } from '@gateway/workflow-registry';
import sharp from 'sharp';
import { z } from 'zod';

import { FAMILY_GRAPHS } from '../models/families';
import { readGraph, withInput, type Graph } from '../models/family-graph';

const ROOT = resolve(__dirname, '..', '..');
const ENTRY = join(ROOT, 'dist', 'apps', 'generate-workflow', 'src', 'main.js');
const KEY = 'sk-ant-not-a-real-key';

/** A text-to-image and an image-to-image graph as people have them at hand: ids are numbers. */
const PLAIN_GRAPHS: Readonly<Record<string, Graph>> = {
  'plain/txt2img': plainGraph(),
  'plain/img2img': {
    ...plainGraph(),
    '4': { class_type: 'LoadImage', inputs: { image: 'example.png' } },
    '8': { class_type: 'VAEEncode', inputs: { pixels: ['4', 0], vae: ['1', 2] } },
    '5': sampler({ latent_image: ['8', 0], denoise: 0.6 }),
  },
};

const GRAPHS: readonly (readonly [string, Graph])[] = [
  ...FAMILY_GRAPHS.map(({ name }) => [name, readGraph(name)] as const),
  ...Object.entries(PLAIN_GRAPHS),
];

let gateway: LaunchedGateway;
let folder: string;

beforeAll(async () => {
  gateway = await launchWithModels();
  folder = await mkdtemp(join(tmpdir(), 'generate-workflow-e2e-'));
});

afterAll(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('offline', () => {
  let picture: string;

  beforeAll(async () => {
    const canvas = { width: 64, height: 64, channels: 3, background: 'teal' } as const;
    picture = (await sharp({ create: canvas }).png().toBuffer()).toString('base64');
  });

  it.each(GRAPHS)('%s becomes a file that gives the graph back, and runs', async (name, graph) => {
    const file = join(folder, 'workflows', `${name}.ts`);
    const { code, stderr } = await generate(await saved(name, graph), file, [
      '--comfyui-url',
      gateway.engineUrl,
    ]);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^Wrote .*\.ts/m)]);
    expect(stderr).not.toContain('not installed');

    const workflow = await load(`${name}.ts`);
    const [example] = Object.values(workflow.examples ?? {});
    const made = await make(workflow, example);
    // Nothing but the seed is another one each time.
    expect(withoutSeeds(made)).toEqual(withoutSeeds(graph));
    expect(seedsOf(await make(workflow, example))).not.toEqual(seedsOf(made));

    const { status, json } = await gateway.prompt(withInput(made, 'LoadImage', 'image', picture));
    expect([status, json.error, json.node_errors]).toEqual([200, undefined, undefined]);
    expect(json.images).toHaveLength(1);
  });

  it('documents every input', async () => {
    const workflows = await loadAll();
    for (const [name] of GRAPHS) {
      const { RequestSchema, summary, description } = workflowOf(`${name}.ts`, workflows);
      const schema = z.toJSONSchema(RequestSchema, { io: 'input', unrepresentable: 'any' });
      const fields = Object.entries(schema.properties ?? {});
      const undocumented = fields.filter(([, field]) => !(field as JsonField).description);
      expect([name, undocumented]).toEqual([name, []]);
      expect(schema.required).toEqual(expect.arrayContaining(['prompt']));
      expect([summary, description]).toEqual([expect.any(String), expect.any(String)]);
    }
  });

  it('writes as Prettier and the compiler want it', async () => {
    const files = await readdir(join(folder, 'workflows'), { recursive: true });
    expect(files.filter((file) => file.endsWith('.ts'))).toHaveLength(GRAPHS.length);
    const config = join(ROOT, '.prettierrc.json');
    const prettier = [join(ROOT, 'node_modules', 'prettier', 'bin', 'prettier.cjs'), '--check'];
    expect(
      await run([...prettier, '--config', config, `${folder}/workflows/**/*.ts`]),
    ).toMatchObject({ code: 0 });

    await writeFile(join(folder, 'workflows', 'config.d.ts'), CONFIG_TYPES);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(COMPILER_OPTIONS));
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    expect(await run([tsc, '--project', folder])).toEqual({ code: 0, stdout: '', stderr: '' });
  }, 60_000);

  it('asks the emulator where there is no ComfyUI, and says so', async () => {
    const file = join(folder, 'emulated.ts');
    const { code, stderr } = await run([
      ENTRY,
      await saved('sd', readGraph('sd1.5/txt2img')),
      file,
    ]);

    // Somebody may have a ComfyUI on the usual port.
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^Read the nodes of the (em|Com)/m)]);
    expect(stderr).toContain('ANTHROPIC_API_KEY is not set');
    expect(await readFile(file, 'utf8')).toContain("import config from '../config';");
  });

  it('says what is not installed and what is not listed', async () => {
    const graph = withInput(plainGraph(), 'CheckpointLoaderSimple', 'ckpt_name', 'mine.ckpt');
    const file = join(folder, 'unknown.ts');
    const input = await saved('unknown', {
      ...graph,
      '9': { class_type: 'MyNode', inputs: { image: ['6', 0], strength: 3 } },
    });

    const { code, stderr } = await generate(input, file, ['--comfyui-url', gateway.engineUrl]);

    expect(code).toBe(0);
    const text = await readFile(file, 'utf8');
    for (const note of [/mine\.ckpt .* not installed/, /does not know MyNode/]) {
      expect(stderr).toMatch(note);
      expect(text).toMatch(note);
    }
  });
});

describe('refuses in one sentence and writes nothing:', () => {
  it.each<[string, unknown, readonly string[], RegExp]>([
    ['no JSON', 'nope', [], /is not JSON/],
    ['a graph for the page', { nodes: [], links: [] }, [], /Export \(API\)/],
    ['no graph', [], [], /holds no graph/],
    [
      'an engine that is not there',
      plainGraph(),
      ['--comfyui-url', 'http://127.0.0.1:9'],
      /:9 gave/,
    ],
    ['an engine without an address', plainGraph(), ['--comfyui-url', 'nowhere'], /no address/],
    ['a listing that is none', plainGraph(), ['--object-info', __filename], /no node listing/],
  ])('%s', async (name, graph, options, sentence) => {
    const file = join(folder, 'refused.ts');
    const input = await saved(`refused ${name}`, graph);

    const { code, stderr } = await generate(input, file, options);

    expect([code, stderr]).toEqual([1, expect.stringMatching(sentence)]);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    await expect(access(file)).rejects.toThrow();
  });

  it('a file that is there, unless it is forced', async () => {
    const file = join(folder, 'there.ts');
    const input = await saved('there', plainGraph());
    const engine = ['--comfyui-url', gateway.engineUrl];
    await writeFile(file, 'mine');

    expect(await generate(input, file, engine)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/exists: add --force/),
    });
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect(await generate(input, file, [...engine, '--force'])).toMatchObject({ code: 0 });
    expect(await readFile(file, 'utf8')).not.toBe('mine');
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('names that would be no workflow', async () => {
    const input = await saved('names', plainGraph());
    for (const name of ['a.js', 'a.d.ts', '.a.ts', 'a b.ts']) {
      expect(
        await generate(input, join(folder, name), ['--comfyui-url', gateway.engineUrl]),
      ).toMatchObject({ code: 1 });
    }
  });
});

describe('with a key', () => {
  let api: WebServer;
  let input: string;
  let listing: string;
  let good: string;
  let file: string;

  beforeAll(async () => {
    input = await saved('claude', plainGraph());
    listing = join(folder, 'object-info.json');
    const response = await fetch(`${gateway.engineUrl}/object_info`);
    await writeFile(listing, await response.text());
    const offline = join(folder, 'offline.ts');
    await generate(input, offline, ['--object-info', listing]);
    good = await readFile(offline, 'utf8');
  });

  beforeEach(async () => {
    api = await WebServer.start();
    file = join(await mkdtemp(join(folder, 'claude-')), 'answer.ts');
  });

  afterEach(() => api.stop());

  it('sends the prompt, the graph and the key, and takes the code of the answer', async () => {
    api.plan(says(`Here you are:\n\n\`\`\`ts\n${good}\`\`\`\n`));

    expect(await ask()).toMatchObject({ code: 0 });

    expect(await readFile(file, 'utf8')).toBe(good);
    const [call] = api.calls;
    expect(call).toMatchObject({
      method: 'POST',
      path: '/v1/messages',
      headers: { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' },
      json: {
        model: 'claude-sonnet-4-5',
        system: await readFile(join(ROOT, 'claude-endpoint-creation-prompt.md'), 'utf8'),
        messages: [{ role: 'user', content: JSON.stringify(plainGraph()) }],
      },
    });
    expect(call?.json['max_tokens']).toBeGreaterThan(16_000);
  });

  it('takes an answer that is nothing but code, of the model that was asked for', async () => {
    api.plan(says(good), says(good));

    expect(await ask(['--model', 'claude-other'])).toMatchObject({ code: 0 });
    expect(await ask(['--force'], { ANTHROPIC_MODEL: 'claude-third' })).toMatchObject({ code: 0 });

    expect(api.calls.map(({ json }) => json['model'])).toEqual(['claude-other', 'claude-third']);
  });

  it('has a file repaired that does not load', async () => {
    const bad = good.replace('RequestSchema = z.object', 'RequestSchema = z.objekt');
    api.plan(says(`\`\`\`ts\n${bad}\`\`\``), says(`\`\`\`ts\n${good}\`\`\``));

    expect(await ask()).toMatchObject({ code: 0 });

    expect(await readFile(file, 'utf8')).toBe(good);
    expect(api.calls[1]?.json['messages']).toEqual([
      { role: 'user', content: expect.any(String) },
      { role: 'assistant', content: expect.stringContaining('z.objekt') },
      { role: 'user', content: expect.stringMatching(/objekt is not a function/) },
    ]);
  });

  it('waits once when the API is busy', async () => {
    api.plan(busy(429, 1), says(good));
    const startedAt = Date.now();

    expect(await ask()).toMatchObject({ code: 0 });

    expect(Date.now() - startedAt).toBeGreaterThan(1000);
    expect(api.calls).toHaveLength(2);
  });

  it.each<[string, readonly Respond[], RegExp]>([
    ['a key that is refused', [refuses(401, `no ${KEY}`)], /^The Anthropic API refuses the key/m],
    ['a model that is not there', [refuses(404, 'model: x')], /knows no model .*404.*model: x/],
    ['a request that is refused', [refuses(400, `bad ${KEY}`)], /\(400\): bad \(the key\)\.$/m],
    ['an API that stays busy', [busy(529, 0), busy(529, 0)], /busy \(529\): try again later/],
    ['a page', [(response) => void response.end('<html>')], /not JSON/],
    ['something else', [(response) => void response.end('{}')], /no message/],
    ['a broken connection', [(response) => response.destroy()], /cannot be reached/],
    ['an answer that is cut off', [says('x', 'max_tokens')], /ran out of room/],
    ['an answer without words', [says(' ', 'refusal')], /answered nothing \(refusal\)/],
    ['garbage, twice', [says('I cannot.'), says('Still not.')], /no file that works, twice/],
  ])('tells of %s', async (_, answers, sentence) => {
    api.plan(...answers);

    const { code, stderr, stdout } = await ask();

    expect([code, stderr]).toEqual([1, expect.stringMatching(sentence)]);
    expect(stderr + stdout).not.toContain(KEY);
    expect(api.calls).toHaveLength(answers.length);
    await expect(access(file)).rejects.toThrow();
  });

  it('lets the file that it checks know no key', async () => {
    const curious = `${good}\nif (process.env.ANTHROPIC_API_KEY) throw new Error('known');\n`;
    api.plan(says(curious));

    expect(await ask()).toMatchObject({ code: 0 });
  });

  it('asks nobody offline', async () => {
    expect(await ask(['--offline'])).toMatchObject({ code: 0 });
    expect(api.calls).toEqual([]);
  });

  function ask(options: readonly string[] = [], environment: Environment = {}): Promise<Result> {
    return run([ENTRY, input, file, '--object-info', listing, ...options], {
      ANTHROPIC_API_KEY: KEY,
      ANTHROPIC_BASE_URL: api.origin,
      ...environment,
    });
  }
});

it('is a command at the top of the repository', async () => {
  const { code, stdout } = await run([join(ROOT, 'generate-workflow'), '--help']);

  expect([code, stdout]).toEqual([0, expect.stringContaining('<inputFile> <outputFile>')]);
}, 120_000);

type Environment = Readonly<Record<string, string>>;
type Respond = (response: ServerResponse) => void;

interface JsonField {
  readonly description?: string;
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function generate(input: string, output: string, options: readonly string[]): Promise<Result> {
  return run([ENTRY, input, output, '--offline', ...options]);
}

function run(args: readonly string[], environment: Environment = {}): Promise<Result> {
  const env = { PATH: process.env['PATH'] ?? '', ...environment };
  return new Promise((done) => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

function says(text: string, reason = 'end_turn'): Respond {
  return (response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ content: [{ type: 'text', text }], stop_reason: reason }));
  };
}

function refuses(status: number, message: string): Respond {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ type: 'error', error: { type: 'some_error', message } }));
  };
}

function busy(status: number, retryAfterS: number): Respond {
  return (response) => {
    response.writeHead(status, { 'retry-after': String(retryAfterS) });
    response.end();
  };
}

async function saved(name: string, graph: unknown): Promise<string> {
  const file = join(folder, 'graphs', `${name}.json`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof graph === 'string' ? graph : JSON.stringify(graph));
  return file;
}

async function load(file: string): Promise<Workflow> {
  return workflowOf(file, await loadAll());
}

/** As the gateway loads them, with the models that the engine has. */
async function loadAll(): Promise<WorkflowCatalogue> {
  const comfy = new ComfyHttp({ baseUrl: gateway.engineUrl });
  const modelDir = join(gateway.workspace.base, 'models');
  const models = new ModelCatalogue({
    modelDir,
    source: comfy,
    isEngineReady: () => true,
    log: silentLog,
  });
  await models.refresh();
  const info = await comfy.objectInfo();
  const config = workflowConfig({ models, objectInfo: () => info, warmupCheckpoint: undefined });
  return loadWorkflows({
    dir: join(folder, 'workflows'),
    config: { ...config },
    markdownDescriptions: false,
    log: silentLog,
  });
}

function workflowOf(file: string, catalogue: WorkflowCatalogue): Workflow {
  const found = catalogue.served.find((served) => served.file === file);
  if (!found) throw new Error(JSON.stringify(catalogue.broken));
  return found.workflow;
}

async function make({ RequestSchema, generateWorkflow }: Workflow, input: unknown): Promise<Graph> {
  return generateWorkflow(RequestSchema.parse(input));
}

const SEED = /seed$/;

function withoutSeeds(graph: Graph): unknown {
  return JSON.parse(
    JSON.stringify(graph, (key, value: unknown) => (SEED.test(key) ? 'a seed' : value)),
  );
}

function seedsOf(graph: Graph): readonly unknown[] {
  return Object.values(graph).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([name, value]) => (SEED.test(name) ? [value] : [])),
  );
}

function plainGraph(): Graph {
  return {
    '1': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'test.safetensors' } },
    '2': { class_type: 'CLIPTextEncode', inputs: { text: 'a lighthouse', clip: ['1', 1] } },
    '3': { class_type: 'CLIPTextEncode', inputs: { text: 'blurry', clip: ['1', 1] } },
    '4': { class_type: 'EmptyLatentImage', inputs: { width: 512, height: 512, batch_size: 1 } },
    '5': sampler({}),
    '6': { class_type: 'VAEDecode', inputs: { samples: ['5', 0], vae: ['1', 2] } },
    '7': { class_type: 'SaveImage', inputs: { images: ['6', 0], filename_prefix: 'plain' } },
  };
}

function sampler(changes: Readonly<Record<string, unknown>>): Graph[string] {
  return {
    class_type: 'KSampler',
    inputs: {
      model: ['1', 0],
      positive: ['2', 0],
      negative: ['3', 0],
      latent_image: ['4', 0],
      seed: 42,
      steps: 2,
      cfg: 7,
      sampler_name: 'euler',
      scheduler: 'normal',
      denoise: 1,
      ...changes,
    },
  };
}

async function launchWithModels(): Promise<LaunchedGateway> {
  const workspace = await makeWorkspace();
  for (const { needs } of FAMILY_GRAPHS) {
    for (const [type, names] of Object.entries(needs)) {
      for (const name of names) {
        const path = join(workspace.base, 'models', type, name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, '');
      }
    }
  }
  return launch({ workspace });
}

/** What files are told about `config`, as far as they use it. */
const CONFIG_TYPES = `import type { z } from 'zod';
type Names = z.ZodEnum<Record<string, string>>;
declare const config: {
  readonly models: Readonly<Record<string, { readonly enum: Names }>>;
  readonly samplers: Names;
  readonly schedulers: Names;
};
export default config;
`;

const COMPILER_OPTIONS = {
  compilerOptions: {
    target: 'es2023',
    module: 'es2022',
    moduleResolution: 'bundler',
    strict: true,
    noUnusedLocals: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
    paths: { zod: [join(ROOT, 'node_modules', 'zod')] },
  },
  include: ['workflows'],
};
