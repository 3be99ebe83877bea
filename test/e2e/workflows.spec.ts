import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import {
  eventually,
  launch,
  makeWorkspace,
  WebServer,
  type Answer,
  type LaunchedGateway,
  type Workspace,
} from '@gateway/testing';
import sharp from 'sharp';

/** A file as users of comfyui-api have them: any-typed schemas, `config` from wherever. */
const OLD_FILE = `
import { z } from "zod";
import os from "node:os";
import config from "../config";
import { caption } from "./captions";

const ComfyNodeSchema = z.object({
  inputs: z.any(),
  class_type: z.string(),
  _meta: z.any().optional(),
});
type ComfyNode = z.infer<typeof ComfyNodeSchema>;

let checkpoint: any = config.models.checkpoints.enum.optional();
if (config.warmupCkpt) checkpoint = checkpoint.default(config.warmupCkpt);

const RequestSchema = z.object({
  text: z.string().describe("What to write down"),
  size: z.number().int().min(8).max(128).optional().default(32).describe("Side in pixels"),
  seed: z.number().int().optional().default(() => Math.floor(Math.random() * 1e11)).describe("Seed"),
  sampler: config.samplers.optional().default("euler").describe("Sampler"),
  mode: z.union([z.literal("plain"), z.array(z.string())]).optional(),
  checkpoint,
});

function generateWorkflow(input: z.infer<typeof RequestSchema>): Record<string, ComfyNode> {
  if (input.text === "boom") throw new Error("boom is not allowed here");
  return {
    "1": { class_type: "EmptyImage", inputs: { width: input.size, height: input.size, batch_size: 1, color: 255 } },
    "2": { class_type: "SaveImage", inputs: { images: ["1", 0], filename_prefix: "old" } },
    "3": { class_type: "PreviewAny", inputs: { source: caption(input.text, input.seed, os.EOL, config.comfyDir, config.logLevel) } },
  };
}

export default { RequestSchema, generateWorkflow, summary: "Old file", description: "Draws nothing." };
`;
const HELPER = `export const caption = (...parts: unknown[]) => parts.join("|");`;
const COMMON_JS = `
const { z } = require('zod');
module.exports = {
  RequestSchema: z.object({ image: z.string() }),
  generateWorkflow: async ({ image }) => ({
    1: { class_type: 'LoadImage', inputs: { image } },
    2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'js' } },
  }),
};
`;

describe('workflow files', () => {
  let workspace: Workspace;
  let gateway: LaunchedGateway;

  async function put(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      const path = join(workspace.base, 'workflows', name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
  }

  beforeEach(async () => {
    workspace = await makeWorkspace();
    await put({ 'team/old.ts': OLD_FILE, 'team/captions.ts': HELPER, 'again.js': COMMON_JS });
  });

  afterEach(() => gateway.stop());

  const run = (route: string, input: unknown, fields: object = {}): Promise<Answer> =>
    gateway.post(route, { input, ...fields });

  it('become endpoints that answer as /prompt does, with the input as it was understood', async () => {
    gateway = await launch({ workspace });

    const { status, json } = await run('/workflows/team/old', { text: 'hi' }, { id: 'mine' });

    expect([status, json.error]).toEqual([200, undefined]);
    expect(json.id).toBe('mine');
    expect(json['input']).toEqual({
      text: 'hi',
      size: 32,
      sampler: 'euler',
      seed: expect.any(Number),
    });
    expect(json.filenames).toEqual(['mine_old_00001_.png']);
    const picture = sharp(Buffer.from(json.images[0]!, 'base64'));
    expect(await picture.metadata()).toMatchObject({ width: 32, height: 32 });
    const { seed } = json['input'] as { readonly seed: number };
    expect(json.outputs).toContainEqual(
      expect.objectContaining({ text: `hi|${seed}|\n|${workspace.base}|debug` }),
    );
    const again = await run('/workflow/team/old', { text: 'hi' });
    expect(again.status).toBe(200);
    expect((again.json['input'] as { readonly seed: number }).seed).not.toBe(seed);
  });

  it('take inputs from anywhere, conversions and webhooks, as /prompt does', async () => {
    gateway = await launch({ workspace, env: { URL_ALLOW_HOSTS: '127.0.0.1' } });
    const web = await WebServer.start();
    const create = { width: 20, height: 10, channels: 3 as const, background: '#f80' };
    const image = web.serve('/a.png', await sharp({ create }).png().toBuffer(), 'image/png');

    const { status, json } = await run(
      '/workflows/again',
      { image },
      { webhook: web.url('/hook'), convert_output: { format: 'webp' } },
    );

    expect([status, json['status'], json['input']]).toEqual([202, 'ok', { image }]);
    const call = await eventually(
      () => web.calls.find(({ path }) => path === '/hook'),
      'the webhook comes',
    );
    expect(call.json).toMatchObject({ event: 'output.complete', id: json.id });
    expect(String(call.json['filename'])).toMatch(/_js_00001_\.webp$/);
    await web.stop();
  });

  it('refuse bad input with every field that is wrong', async () => {
    gateway = await launch({ workspace });

    const { status, json } = await run('/workflows/team/old', {
      size: 7,
      sampler: 'nobody',
      checkpoint: 'none.pt',
    });

    expect([status, json.code]).toEqual([400, 'request.invalid']);
    const locations = (json['issues'] as { readonly location: string }[]).map((i) => i.location);
    expect(locations.sort()).toEqual([
      'input.checkpoint',
      'input.sampler',
      'input.size',
      'input.text',
    ]);
  });

  it('that throw over their input answer 400 with their words, and log where', async () => {
    gateway = await launch({ workspace });

    const line = OLD_FILE.split('\n').findIndex((text) => text.includes('throw new')) + 1;
    const { status, json } = await run('/workflows/team/old', { text: 'boom' });

    expect([status, json]).toEqual([
      400,
      { error: 'boom is not allowed here', code: 'workflow.failed', location: 'input' },
    ]);
    const isTold = () => JSON.stringify(gateway.process.logLines).includes(`team/old.ts:${line}`);
    await eventually(isTold, 'the log tells the line');
  });

  it('may check their input with what takes its time', async () => {
    await put({
      'slow.ts': `
        import { setTimeout } from "node:timers/promises";
        import { z } from "zod";
        const isFine = async (text: string) => {
          await setTimeout(1);
          if (text === "down") throw new Error("nobody answers");
          return text !== "no";
        };
        const trimmed = async (text: string) => (await setTimeout(1), text.trim());
        const RequestSchema = z.object({
          text: z.string().refine(isFine, "not that").transform(trimmed),
        });
        const generateWorkflow = ({ text }: z.infer<typeof RequestSchema>) => {
          if (text === "endless") for (;;);
          return { "1": { class_type: "PreviewAny", inputs: { source: text } } };
        };
        export default { RequestSchema, generateWorkflow };`,
    });
    gateway = await launch({ workspace });
    const send = (text: string): Promise<Answer> => run('/workflows/slow', { text });
    const isDown = { error: 'nobody answers', code: 'workflow.failed', location: 'input' };
    expect((await send('down')).json).toEqual(isDown);
    for (const text of ['yes', ' again ']) {
      const answer = await send(text);
      expect([answer.status, answer.json]).toMatchObject([200, { input: { text: text.trim() } }]);
    }
    expect((await send('down')).json).toEqual(isDown);
    expect((await send('no')).json).toMatchObject({ issues: [{ location: 'input.text' }] });
    expect((await send('endless')).json).toMatchObject({
      error: 'The workflow computed for longer than 5 s and was interrupted',
    });
  });

  it('that are broken cost no other its route, and are listed with file, line and reason', async () => {
    await put({
      'bad/syntax.ts': 'import { z } from "zod";\n\nexport default {{{;',
      'bad/throws.js': 'throw new Error("no luck today");',
      'bad/half.ts': 'export const RequestSchema = {};',
      'twice.ts': OLD_FILE.replace('./captions', './team/captions'),
      'twice.js': COMMON_JS,
    });
    gateway = await launch({ workspace });

    expect((await run('/workflows/team/old', { text: 'x' })).status).toBe(200);
    const { status, json } = await gateway.get('/workflows');
    expect(status).toBe(200);
    const workflows = json['workflows'] as Readonly<Record<string, unknown>>[];
    expect(workflows).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          state: 'served',
          file: 'team/old.ts',
          route: '/workflows/team/old',
          summary: 'Old file',
          input: expect.objectContaining({ type: 'object' }),
        }),
        expect.objectContaining({ state: 'broken', file: 'bad/syntax.ts', line: 3 }),
        expect.objectContaining({
          state: 'broken',
          file: 'bad/throws.js',
          reason: expect.stringContaining('no luck today'),
        }),
        expect.objectContaining({ state: 'broken', file: 'bad/half.ts' }),
        expect.objectContaining({
          state: 'broken',
          file: 'twice.js',
          reason: expect.stringContaining('twice.ts'),
        }),
        expect.objectContaining({
          state: 'broken',
          file: 'twice.ts',
          reason: expect.stringContaining('twice.js'),
        }),
      ]),
    );
    const twice = await run('/workflows/twice', {});
    expect([twice.status, twice.json.code, twice.json.location]).toEqual([
      404,
      'workflow.not_found',
      'path',
    ]);
    expect(twice.json.error).toMatch(/^Workflow twice\.js is not served: .*; see GET \/workflows$/);
    expect((await run('/workflows/team/odl', {})).json.error).toContain(
      'did you mean /workflows/team/old?',
    );
    const told = gateway.process.logLines.filter(({ level }) => Number(level) >= 40);
    expect(JSON.stringify(told)).toContain('bad/syntax.ts');
  });

  it('that loop without an end or end the process cost no other file its route', async () => {
    await put({
      'a/loop.ts': 'import { z } from "zod";\nfor (;;) z.any();',
      'exit.js': 'process.exit(1);',
      'unheard.ts': 'import "zod";\nvoid Promise.reject(new Error("unheard"));',
      'wrong.js': 'exports.requestSchema = 1;\nexports.generateWorkflw = () => ({});',
      'spin.mjs':
        'import { z } from "zod";\nexport const RequestSchema = z.any();\n' +
        'export function generateWorkflow() { for (;;); }',
    });
    gateway = await launch({ workspace });
    expect((await run('/workflows/team/old', { text: 'x' })).status).toBe(200);

    const spin = await run('/workflows/spin', {});
    expect([spin.status, spin.json.code]).toEqual([400, 'workflow.failed']);
    expect(spin.json.error).toContain('was interrupted');
    expect((await run('/workflows/team/old', { text: 'x' })).status).toBe(200);

    const { workflows } = (await gateway.get('/workflows')).json as unknown as {
      readonly workflows: readonly { readonly file: string; readonly reason?: string }[];
    };
    const reasons = Object.fromEntries(workflows.map(({ file, reason }) => [file, reason]));
    expect(reasons['a/loop.ts']).toBe('It did not finish loading within 10 s');
    expect(reasons['exit.js']).toContain('process.exit');
    expect(reasons['unheard.ts']).toContain('unheard');
    expect(reasons['wrong.js']).toContain('is generateWorkflow meant?');
  });

  it('are read where nothing may be written', async () => {
    const folder = join(workspace.base, 'workflows');
    await Promise.all([folder, join(folder, 'team')].map((path) => chmod(path, 0o555)));
    gateway = await launch({ workspace });
    expect((await run('/workflows/team/old', { text: 'x' })).status).toBe(200);
    expect((await readdir(folder, { recursive: true })).sort()).toEqual([
      'again.js',
      'team',
      'team/captions.ts',
      'team/old.ts',
    ]);
    await Promise.all([folder, join(folder, 'team')].map((path) => chmod(path, 0o755)));
  });

  it('are documented: an operation each, a table of inputs, live choices, no random default', async () => {
    gateway = await launch({ workspace });
    const document = async (): Promise<string> => (await fetch(`${gateway.url}/docs/json`)).text();
    const text = await document();
    const { paths } = JSON.parse(text) as {
      readonly paths: Readonly<
        Record<string, { readonly post?: Readonly<Record<string, unknown>> }>
      >;
    };
    expect(paths['/workflows/team/old']?.post).toMatchObject({
      operationId: 'workflow_team_old',
      summary: 'Old file',
      tags: ['workflows'],
    });
    expect(paths['/workflows/team/old']?.post?.['description']).toMatch(/\| `size` +\|/);
    expect(paths).not.toHaveProperty('/workflow/team/old');
    expect(text).toContain('test.safetensors');
    expect(await document()).toBe(text);

    await writeFile(join(workspace.base, 'models/checkpoints/late.safetensors'), '');
    const late = await run('/workflows/team/old', { text: 'x', checkpoint: 'late.safetensors' });
    expect(late.status).toBe(200);
    await gateway.get('/models');
    expect(await document()).toContain('late.safetensors');
  });

  it('know the checkpoint of the warm-up prompt', async () => {
    const warmUp = join(workspace.base, 'warm-up.json');
    const loader = {
      class_type: 'CheckpointLoaderSimple',
      inputs: { ckpt_name: 'test.safetensors' },
    };
    const look = { class_type: 'PreviewAny', inputs: { source: ['1', 1] } };
    await writeFile(warmUp, JSON.stringify({ '1': loader, '2': look }));
    gateway = await launch({ workspace, env: { WARMUP_PROMPT_FILE: warmUp } });
    const { json } = await run('/workflows/team/old', { text: 'x' });
    expect(json['input']).toMatchObject({ checkpoint: 'test.safetensors' });
  });

  it('are served anew when they change, if they are watched, and no request is dropped', async () => {
    gateway = await launch({
      workspace,
      emulator: ['--step-ms', '1'],
      env: { WORKFLOW_WATCH: 'true' },
    });
    expect((await run('/workflows/team/old', { text: 'x' })).json['input']).toMatchObject({
      size: 32,
    });
    const statuses: number[] = [];
    const load = new AbortController();
    const loaded = (async () => {
      while (!load.signal.aborted) {
        statuses.push((await run('/workflows/team/old', { text: 'x' })).status);
      }
    })();

    await put({
      'team/old.ts': OLD_FILE.replace('default(32)', 'default(48)'),
      'new.js': COMMON_JS,
    });

    await eventually(
      async () =>
        ((await run('/workflows/team/old', { text: 'x' })).json['input'] as { size: number })
          .size === 48,
      'the change is served',
    );
    await eventually(
      async () => (await run('/workflows/new', {})).json.code === 'request.invalid',
      'the new file is served',
    );
    await rm(join(workspace.base, 'workflows/again.js'));
    await eventually(
      async () => (await run('/workflows/again', {})).status === 404,
      'the removed file is gone',
    );
    load.abort();
    await loaded;
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(
      (await (await fetch(`${gateway.url}/docs/json`)).text()).includes('/workflows/new'),
    ).toBe(true);
    expect((await gateway.get('/workflows')).status).toBe(200);
    expect((await gateway.prompt(OTHER_PROMPT)).status).toBe(200);
    expect(gateway.process.stderrLines).toEqual([]);
  });
});

const OTHER_PROMPT = {
  '1': { class_type: 'PreviewAny', inputs: { source: 'still here' } },
};
