import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import {
  aPrompt,
  eventually,
  freePort,
  GATEWAY_ENTRY,
  launch,
  LaunchedProcess,
  makeWorkspace,
  type LaunchedGateway,
  type LaunchOptions,
} from '@gateway/testing';
import sharp from 'sharp';

const ROOT = resolve(__dirname, '..', '..');
const EXAMPLES = join(ROOT, 'docs', 'examples', 'extending');

const example = (name: string): string => join(EXAMPLES, `${name}.ts`);

const PLAIN = `
const { z } = require('zod');
exports.RequestSchema = z.object({});
exports.generateWorkflow = () => ({
  1: { class_type: 'EmptyImage', inputs: { width: 8, height: 8, batch_size: 1, color: 0 } },
  2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'plain' } },
});
`;

const LIBRARY_USER = `
const { Controller, Get, Module } = require('@nestjs/common');
const { runGateway } = require('comfyui-gateway/app');
class Hello { hello() { return 'hello'; } }
Controller('team')(Hello);
Get('hello')(Hello.prototype, 'hello', Object.getOwnPropertyDescriptor(Hello.prototype, 'hello'));
class TeamModule {}
Module({ controllers: [Hello] })(TeamModule);
runGateway({ modules: [TeamModule] });
`;

const MOODY = `
const { Module } = require('@nestjs/common');
const { GraphPreprocessor } = require('comfyui-gateway/app');
class Moody {
  preprocess(graph, { extraData: { mood } }) {
    if (mood === 'bad') throw new Error('not today');
    return mood === 'odd' ? { nonsense: 1 } : graph;
  }
}
GraphPreprocessor()(Moody);
class MoodyModule {}
Module({ providers: [Moody] })(MoodyModule);
module.exports = MoodyModule;
`;

const LOUD = `
import { Module } from '@nestjs/common';
import { EventListener } from 'comfyui-gateway/app';
class Thrower { handle() { throw new Error('loud'); } }
class Rejecter { async handle() { throw new Error('later'); } }
EventListener('job-transitioned', 'engine-message-received')(Thrower);
EventListener('job-transitioned')(Rejecter);
class LoudModule {}
Module({ providers: [Thrower, Rejecter] })(LoudModule);
export default LoudModule;
`;

const TAKEN = `
const { Module } = require('@nestjs/common');
const { OutputFormat } = require('comfyui-gateway/app');
const { z } = require('zod');
class Png {
  names = ['png'];
  contentType = 'image/png';
  description = 'Another one.';
  options = z.strictObject({});
  encode(image) { return image; }
}
OutputFormat()(Png);
class TakenModule {}
Module({ providers: [Png] })(TakenModule);
module.exports = { TakenModule };
`;

const LOST = `
const { Inject, Module } = require('@nestjs/common');
class Lost {}
Inject('NOTHING')(Lost, undefined, 0);
class LostModule {}
Module({ providers: [Lost] })(LostModule);
module.exports = LostModule;
`;

const NO_WORKFLOWS = `
const { Module } = require('@nestjs/common');
const { WorkflowSource } = require('comfyui-gateway/app');
class Nothing { workflows() { throw new Error('gone'); } }
WorkflowSource()(Nothing);
class NothingModule {}
Module({ providers: [Nothing] })(NothingModule);
module.exports = NothingModule;
`;

describe('the examples of docs/extending.md', () => {
  let gateway: LaunchedGateway;

  afterEach(() => gateway.stop());

  async function extendedBy(
    names: readonly string[],
    options: LaunchOptions = {},
  ): Promise<LaunchedGateway> {
    const EXTENSION_MODULES = names.map(example).join(',');
    gateway = await launch({ ...options, env: { EXTENSION_MODULES, ...options.env } });
    return gateway;
  }

  it('add an output format that both doors take, document, and name to who asks for another', async () => {
    const { post, prompt, get } = bound(await extendedBy(['tiff.format', 'house.workflows']));

    const asked = { convert_output: { format: 'tif', options: { predictor: 'none' } } };
    const byPrompt = await prompt(aPrompt().build(), asked);
    const byWorkflow = await post('/workflows/house/red', { input: {}, ...asked });

    for (const { status, json } of [byPrompt, byWorkflow]) {
      expect([status, json.error]).toEqual([200, undefined]);
      expect(json.filenames[0]).toMatch(/_\.tif$/);
      expect(json.outputs[0]).toMatchObject({ content_type: 'image/tiff' });
      const picture = sharp(Buffer.from(json.images[0]!, 'base64'));
      expect((await picture.metadata()).format).toBe('tiff');
    }
    const refused = await prompt(aPrompt().build(), { convert_output: { format: 'bmp' } });
    expect([refused.status, refused.json.error]).toEqual([
      400,
      expect.stringMatching(/'webp'.*'avif' \| 'tiff' \| 'tif'/),
    ]);
    const wrong = { format: 'tiff', options: { predictor: 'odd' } };
    expect((await prompt(aPrompt().build(), { convert_output: wrong })).status).toBe(400);
    const { json } = await get('/docs/json');
    const document = json as unknown as OpenApi;
    const bodies = [
      document.components.schemas['PromptRequestDto']!,
      document.paths['/workflows/house/red']!.post.requestBody.content['application/json'].schema,
    ];
    for (const { properties } of bodies) {
      const titles = properties['convert_output']!.oneOf!.map(({ title }) => title);
      expect(titles).toEqual(expect.arrayContaining(['Convert to PNG', 'Convert to TIFF']));
    }
  });

  it('change graphs before they run, and nobody else’s', async () => {
    const { prompt } = bound(await extendedBy(['free-tier.preprocessor']));

    const paying = await prompt(aPrompt().build());
    const free = await prompt(aPrompt().build(), { extra_data: { tier: 'free' } });

    expect([paying.status, free.status]).toEqual([200, 200]);
    expect(Object.keys(paying.json.prompt)).toEqual(['1', '2']);
    expect(Object.keys(free.json.prompt)).toEqual(['1', '2', '2-blur']);
    expect(free.json.prompt['2']!.inputs['images']).toEqual(['2-blur', 0]);
    expect(free.json.images).toHaveLength(1);
  });

  it('refuse a node, with the place and the words of the extension', async () => {
    const { prompt } = bound(await extendedBy(['largest-picture.preprocessor']));

    const { status, json } = await prompt(aPrompt().sized(4096, 2048).build());

    expect([status, json]).toEqual([
      400,
      expect.objectContaining({
        code: 'prompt.refused',
        location: 'prompt.1.inputs.width',
        error: 'Pictures have 4194304 pixels at most',
      }),
    ]);
    expect((await prompt(aPrompt().build())).status).toBe(200);
  });

  it('hear of jobs, and serve what they heard from a documented route of their own', async () => {
    const { prompt, get } = bound(await extendedBy(['job-counts.listener']));
    await prompt(aPrompt().build());

    await eventually(async () => {
      const { counts } = (await get('/team/job-counts')).json as unknown as JobCounts;
      return counts['succeeded'] === 1 && counts['running'] === 1;
    }, 'the job was counted');
    const { json } = await get('/docs/json');
    const { paths } = json as unknown as OpenApi;
    expect(paths['/team/job-counts']).toMatchObject({ get: { operationId: 'jobCounts' } });
  });

  it.each(['false', 'true'])(
    'serve workflows that are in no file, beside those that are (WORKFLOW_WATCH=%s)',
    async (WORKFLOW_WATCH) => {
      const workspace = await makeWorkspace();
      const folder = join(workspace.base, 'workflows', 'house');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'plain.js'), PLAIN);
      await writeFile(join(folder, 'blue.js'), PLAIN);
      const env = { WORKFLOW_WATCH };
      const { post, get } = bound(await extendedBy(['house.workflows'], { workspace, env }));

      const { status, json } = await post('/workflows/house/green', { input: { side: 16 } });
      expect([status, json['input']]).toEqual([200, { side: 16 }]);
      const { dominant } = await sharp(Buffer.from(json.images[0]!, 'base64')).stats();
      expect(dominant.g).toBeGreaterThan(200);
      expect((await post('/workflows/house/plain', { input: {} })).status).toBe(200);
      const { workflows } = (await get('/workflows')).json as unknown as Listing;
      const states = workflows.map(({ route, state }) => `${route} ${state}`);
      expect(states).toEqual(
        expect.arrayContaining([
          '/workflows/house/red served',
          '/workflows/house/plain served',
          // The file and the extension would have one route.
          '/workflows/house/blue broken',
        ]),
      );
    },
  );

  it('have a say in readiness, which can come back', async () => {
    const workspace = await makeWorkspace();
    const MAINTENANCE_FILE = join(workspace.base, 'maintenance');
    const env = { MAINTENANCE_FILE };
    const { get } = bound(await extendedBy(['maintenance.indicator'], { workspace, env }));
    const ready = async (): Promise<unknown[]> => {
      const [probe, classic] = await Promise.all([get('/health/ready'), get('/ready')]);
      const { details } = probe.json as unknown as ProbeResult;
      return [probe.status, classic.status, details['maintenance']];
    };

    expect(await ready()).toEqual([200, 200, { status: 'up' }]);
    await writeFile(MAINTENANCE_FILE, '');
    expect(await ready()).toEqual([503, 503, { status: 'down', file: MAINTENANCE_FILE }]);
    await rm(MAINTENANCE_FILE);
    expect(await ready()).toEqual([200, 200, { status: 'up' }]);
  });

  it('do something before ComfyUI is started', async () => {
    const workspace = await makeWorkspace();
    const MODEL_SHARE = join(workspace.base, 'share');
    await mkdir(join(MODEL_SHARE, 'checkpoints'), { recursive: true });
    await writeFile(join(MODEL_SHARE, 'checkpoints', 'team.safetensors'), '');
    const env = { MODEL_SHARE };
    const { get } = bound(await extendedBy(['model-share.task'], { workspace, env }));

    const startup = await get('/health/startup');
    expect([startup.status, startup.json]).toEqual([
      200,
      expect.objectContaining({
        details: expect.objectContaining({ 'model-share': { status: 'up', state: 'done' } }),
      }),
    ]);
    expect(JSON.stringify((await get('/models')).json)).toContain('team.safetensors');
  });

  it('end the gateway with a sentence when that fails', async () => {
    await extendedBy(['model-share.task'], { waitUntilReady: false, env: { MODEL_SHARE: '' } });

    expect((await gateway.process.exited).code).toBe(1);
    expect(gateway.process.stderrLines).toEqual([
      'The startup task "model-share" failed: MODEL_SHARE and MODEL_DIR must be set',
    ]);
  });

  it.each(['false', 'true'])(
    'guard every route, those of workflows too (WORKFLOW_WATCH=%s)',
    async (WORKFLOW_WATCH) => {
      const env = { TEAM_KEY: 'open', WORKFLOW_WATCH };
      const { url } = await extendedBy(['api-key.guard', 'house.workflows'], { env });
      const ask = async (path: string, body: object, key: string): Promise<number> => {
        const headers = { 'content-type': 'application/json', 'x-api-key': key };
        const init = { method: 'POST', headers, body: JSON.stringify(body) };
        const answer = await fetch(url + path, init);
        await answer.arrayBuffer();
        return answer.status;
      };

      for (const [path, body] of [
        ['/prompt', { prompt: aPrompt().build() }],
        ['/workflows/house/red', { input: {} }],
        ['/workflow/house/red', { input: {} }],
      ] as const) {
        expect([path, await ask(path, body, 'wrong')]).toEqual([path, 403]);
        expect([path, await ask(path, body, 'open')]).toEqual([path, 200]);
      }
      expect((await fetch(`${url}/workflows`)).status).toBe(403);
    },
  );

  it('join as a library, from a project of its own', async () => {
    const workspace = await makeWorkspace();
    const project = join(workspace.base, 'project');
    const packages = join(project, 'node_modules');
    await mkdir(packages, { recursive: true });
    await symlink(ROOT, join(packages, 'comfyui-gateway'));
    await symlink(join(ROOT, 'node_modules', '@nestjs'), join(packages, '@nestjs'));
    const entry = join(project, 'main.cjs');
    await writeFile(entry, LIBRARY_USER);
    gateway = await launch({ workspace, entry });

    expect(await (await fetch(`${gateway.url}/team/hello`)).text()).toBe('hello');
    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
  });
});

describe('an extension that goes wrong', () => {
  let gateway: LaunchedGateway | undefined;

  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
  });

  async function written(files: Readonly<Record<string, string>>) {
    const workspace = await makeWorkspace();
    const folder = join(workspace.base, 'extension');
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const [first = ''] = Object.keys(files);
    return { workspace, file: join(folder, first) };
  }

  it('fails the job when its preprocessor throws, by name, and no other job', async () => {
    const { workspace, file } = await written({ 'moody.cjs': MOODY });
    gateway = await launch({ workspace, env: { EXTENSION_MODULES: file } });

    const { status, json } = await gateway.prompt(aPrompt().build(), {
      extra_data: { mood: 'bad' },
    });
    expect([status, json]).toEqual([
      500,
      { error: 'The preprocessor Moody failed: not today', code: 'prompt.preprocessing_failed' },
    ]);
    const nonsense = await gateway.prompt(aPrompt().build(), { extra_data: { mood: 'odd' } });
    expect([nonsense.status, nonsense.json.code]).toEqual([500, 'prompt.preprocessing_failed']);
    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
  });

  it('hurts nobody when its listener throws or rejects, and is logged', async () => {
    const { workspace, file } = await written({ 'loud.mjs': LOUD });
    gateway = await launch({ workspace, env: { EXTENSION_MODULES: file } });

    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
    const complaints = gateway.process.logLines.filter(({ msg }) => msg === 'a listener failed');
    expect(new Set(complaints.map(({ listener }) => listener))).toEqual(
      new Set(['Thrower', 'Rejecter']),
    );
  });

  it.each([
    ['no file', '/nowhere/x.js', undefined, /x\.js cannot be loaded: .*no such file/],
    [
      'no module',
      'x.js',
      'exports.answer = 42;',
      /x\.js cannot be used: it exports no Nest module/,
    ],
    ['what throws', 'x.ts', '\nthrow new Error("bad day");', /x\.ts:2 cannot be loaded: bad day/],
    ['no JavaScript', 'x.ts', 'export const = 1;', /x\.ts:1 cannot be loaded: /],
    [
      'a name that is taken',
      'x.cjs',
      TAKEN,
      /Png \(@OutputFormat\) failed: There is a format "png"/,
    ],
    ['a lost dependency', 'x.cjs', LOST, /can't resolve dependencies of the Lost/],
    ['workflows that fail', 'x.cjs', NO_WORKFLOWS, /workflows of Nothing could not be had: gone/],
  ])('stops the start, with a sentence, for %s', async (_what, name, text, sentence) => {
    const { workspace, file } = await written(text === undefined ? {} : { [name]: text });
    const gone = new LaunchedProcess([process.execPath, GATEWAY_ENTRY], {
      ...process.env,
      CMD: '',
      HOST: '127.0.0.1',
      PORT: String(await freePort()),
      STATE_DIR: workspace.state,
      COMFY_HOME: workspace.base,
      EXTENSION_MODULES: text === undefined ? name : file,
    });
    expect((await gone.exited).code).toBe(1);
    expect(gone.stderrLines.join('\n')).toMatch(sentence);
    await workspace.remove();
  });
});

function bound(gateway: LaunchedGateway) {
  return {
    get: gateway.get.bind(gateway),
    post: gateway.post.bind(gateway),
    prompt: gateway.prompt.bind(gateway),
  };
}

interface JobCounts {
  readonly counts: Readonly<Record<string, number>>;
}

interface Listing {
  readonly workflows: readonly { readonly route: string; readonly state: string }[];
}

interface ProbeResult {
  readonly details: Readonly<Record<string, unknown>>;
}

interface Schema {
  readonly properties: Readonly<
    Record<string, { readonly oneOf?: readonly { readonly title: string }[] }>
  >;
}

interface OpenApi {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly post: {
          readonly requestBody: {
            readonly content: { readonly 'application/json': { readonly schema: Schema } };
          };
        };
      }
    >
  >;
}
