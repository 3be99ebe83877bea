import type { OpenAPIObject } from '@nestjs/swagger';

import { TEXT_TO_IMAGE } from './testing/text-to-image';
import { startWorkflows, type WorkflowApplication } from './testing/workflow-application';
import { WorkflowFolder, workflowText } from './testing/workflow-folder';

describe('the application', () => {
  let folder: WorkflowFolder;
  let app: WorkflowApplication | undefined;

  beforeEach(async () => {
    folder = await WorkflowFolder.make();
  });

  afterEach(async () => {
    await app?.close();
    app = undefined;
    await folder.remove();
  });

  async function start(): Promise<WorkflowApplication> {
    app = await startWorkflows(folder);
    return app;
  }

  it.each(['/workflows/sdxl/txt2img', '/workflow/sdxl/txt2img'])(
    'runs a workflow at %s as a prompt, and answers its input with the defaults',
    async (path) => {
      await folder.add('sdxl/txt2img.ts', TEXT_TO_IMAGE);
      const { asked, post } = await start();
      const id = 'order-1';
      const answer = await post(path, { input: { prompt: 'a cat', seed: 7 }, id });
      const input = {
        prompt: 'a cat',
        negative_prompt: 'blurry',
        width: 512,
        seed: 7,
        cfg_scale: 8,
        sampler_name: 'euler',
        scheduler: 'normal',
        checkpoint: 'warm.safetensors',
      };
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({ input });
      expect(asked).toEqual([
        {
          prompt: expect.objectContaining({
            '2': {
              class_type: 'CheckpointLoaderSimple',
              inputs: { ckpt_name: 'warm.safetensors' },
            },
          }),
          fields: { id },
          echo: { input },
        },
      ]);
    },
  );

  it('hands on the largest seed unrounded', async () => {
    await folder.add('x.ts', workflowText('seed: z.number().int()'));
    const { asked, post } = await start();
    const answer = await post('/workflows/x', '{ "input": { "seed": 18446744073709551615 } }');
    expect(answer.text).toBe('{"input":{"seed":18446744073709551615}}');
    expect(asked[0]?.prompt).toEqual({
      '1': { class_type: 'Echo', inputs: { seed: 18446744073709551615n } },
    });
  });

  it('names every field that is wrong, of the input and beside it', async () => {
    await folder.add(
      'x.ts',
      workflowText(
        'size: z.object({ w: z.number(), h: z.number() }), list: z.array(z.string()), u: z.union([z.string(), z.number()])',
      ),
    );
    const { asked, post } = await start();
    const input = { size: { w: 'x' }, list: ['a', 1], u: true };
    const answer = await post('/workflows/x', { input, webhook: 'nowhere', prompt: {} });
    expect(answer.status).toBe(400);
    expect(answer.json()).toEqual({
      issues: [
        'input.size.w: Invalid input: expected number, received string',
        'input.size.h: Invalid input: expected number, received undefined',
        'input.list.1: Invalid input: expected string, received number',
        'input.u: Invalid input: expected string, received boolean; or Invalid input: expected number, received boolean',
        'webhook: must be an http or https URL',
        ': Unrecognized key: "prompt"',
      ],
    });
    const without = await post('/workflows/x', {});
    expect(without.json()).toMatchObject({ issues: [expect.stringMatching(/^input: /)] });
    expect(asked).toEqual([]);
  });

  it.each([
    ['throws', '() => { throw new Error("no such size") }', 'no such size'],
    ['rejects', 'async () => { throw new TypeError("later") }', 'later'],
    ['throws a text', '() => { throw "away" }', 'away'],
    [
      'checks more',
      '() => z.object({ a: z.string() }).parse({ a: 1 })',
      'a: Invalid input: expected string, received number',
    ],
    ['throws nothing', '() => { throw undefined }', 'It threw nothing'],
    [
      'makes a graph that holds itself',
      '() => { const g = {}; g.a = g; return g; }',
      '"a" holds itself',
    ],
  ])('tells the words, and only those, of a workflow that %s', async (_how, generate, words) => {
    await folder.add(
      'x.ts',
      `import { z } from "zod";\n\nexport const generateWorkflow =\n  ${generate};\nexport const RequestSchema = z.any();`,
    );
    const { asked, post } = await start();
    const answer = await post('/workflows/x', { input: {} });
    expect(answer.status).toBe(400);
    expect(answer.json()).toEqual({ error: words, code: 'workflow.failed', location: 'input' });
    expect(asked).toEqual([]);
    expect(folder.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        facts: expect.objectContaining({ workflow: 'x.ts' }),
        message: 'a workflow failed over its input',
      }),
    );
  });

  it.each([
    ['generateWorkflow: () => { for (;;); }', 'z.any()'],
    ['generateWorkflow: async () => { for (;;); }', 'z.any()'],
    ['generateWorkflow: () => ({})', 'z.any().refine(() => { for (;;); })'],
  ])('interrupts a loop without an end: %s, %s', async (generate, schema) => {
    await folder.add(
      'x.ts',
      `import { z } from "zod";\nexport default { RequestSchema: ${schema}, ${generate} };`,
    );
    const { post } = await start();
    const answer = await post('/workflows/x', { input: {} });
    expect([answer.status, answer.json()]).toEqual([
      400,
      {
        error: 'The workflow computed for longer than 5 s and was interrupted',
        code: 'workflow.failed',
        location: 'input',
      },
    ]);
  });

  it('answers with a warning for what of the input it does not know', async () => {
    await folder.add('x.ts', workflowText('prompt: z.string()'));
    const { post } = await start();
    const answer = await post('/workflows/x', { input: { prompt: 'a', sed: 1 } });
    expect([answer.status, answer.json()]).toEqual([
      200,
      {
        input: { prompt: 'a' },
        warnings: ['input.sed is not known to this workflow and was ignored'],
      },
    ]);
  });

  it('says why nothing is served at a path', async () => {
    await folder.add('fine.ts', workflowText('a: z.string()'));
    await folder.add('broken.ts', 'throw new Error("no luck");');
    const { get, post } = await start();
    const missing = { code: 'workflow.not_found', location: 'path' };
    expect((await post('/workflows/broken', {})).json()).toEqual({
      ...missing,
      error: 'Workflow broken.ts:1 is not served: no luck; see GET /workflows',
    });
    expect((await post('/workflow/fime', {})).json()).toEqual({
      ...missing,
      error:
        'There is no workflow "fime"; did you mean /workflows/fine? GET /workflows lists them all',
    });
    expect((await get('/workflows/fine')).json()).toEqual({
      ...missing,
      error: 'A workflow is run by POST /workflows/fine',
    });
  });

  it('says of which models there are none yet', async () => {
    await folder.add('x.ts', workflowText('vae: config.models.vae.enum'));
    const { get, post } = await start();
    const answer = await post('/workflows/x', { input: { vae: 'any.pt' } });
    expect(answer.json()).toEqual({ issues: ['input.vae: There is nothing in models/vae yet'] });
    const listed = (await get('/workflows')).json();
    expect(listed).toMatchObject({
      workflows: [
        {
          input: {
            properties: {
              vae: { type: 'string', description: 'There is nothing in models/vae yet' },
            },
          },
        },
      ],
    });
    expect(JSON.stringify(listed)).not.toContain('"not"');
  });

  it("keeps the author's line numbers in the stack that is logged", async () => {
    await folder.add('x.ts', TEXT_TO_IMAGE);
    const { post } = await start();
    await post('/workflows/x', { input: { prompt: 'impossible' } });
    const line = TEXT_TO_IMAGE.split('\n').findIndex((text) => text.includes('throw new')) + 1;
    const facts = folder.lines.at(-1)?.facts as { err: { stack: string } };
    expect(facts.err.stack).toContain(`x.ts:${line}:`);
  });

  it('treats what a transform throws as the failure of the workflow', async () => {
    await folder.add('x.ts', workflowText('a: z.string().transform((t) => t.no.such)'));
    const { post } = await start();
    const answer = await post('/workflows/x', { input: { a: 'x' } });
    expect([answer.status, answer.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'workflow.failed', location: 'input' }),
    ]);
  });

  it('answers the input as it was understood, whatever the workflow does to it', async () => {
    await folder.add(
      'x.js',
      'const z = require("zod");\nexports.RequestSchema = z.object({ a: z.coerce.date() });\n' +
        'exports.generateWorkflow = (input) => { const at = input.a; input.a = 0; return { "1": { at, gone: undefined, list: [undefined, NaN] } }; };',
    );
    const { asked, post } = await start();
    const answer = await post('/workflows/x', { input: { a: '2026-01-02' } });
    expect(answer.json()).toEqual({ input: { a: '2026-01-02T00:00:00.000Z' } });
    expect(asked[0]?.prompt).toEqual({
      '1': { at: '2026-01-02T00:00:00.000Z', list: [null, null] },
    });
  });

  it('leaves it to the door to refuse what is no graph', async () => {
    await folder.add(
      'x.js',
      'exports.RequestSchema = require("zod").any(); exports.generateWorkflow = () => undefined;',
    );
    const { asked, post } = await start();
    await post('/workflows/x', {});
    expect(asked[0]?.prompt).toBeNull();
  });

  it('lists what is served and what is broken, with the models of the moment', async () => {
    await folder.add('sdxl/txt2img.ts', TEXT_TO_IMAGE);
    await folder.add('bad.js', '\nthrow new Error("bad day");');
    const { get } = await start();
    const broken = {
      state: 'broken',
      file: 'bad.js',
      route: '/workflows/bad',
      reason: 'bad day',
      line: 2,
    };
    const served = {
      state: 'served',
      file: 'sdxl/txt2img.ts',
      route: '/workflows/sdxl/txt2img',
      summary: 'Text to image',
      description: 'Draws a picture of a text.',
      input: expect.objectContaining({ type: 'object', required: ['prompt'] }),
    };
    const first = await get('/workflows');
    expect(first.json()).toEqual({ workflows: [broken, served] });
    expect(first.text).not.toContain('late.safetensors');
    await folder.addModel('late.safetensors');
    expect((await get('/workflows')).text).toContain('late.safetensors');
  });

  it('has no route for a broken file', async () => {
    await folder.add('bad.js', 'exports.RequestSchema = 1;');
    const { post } = await start();
    expect((await post('/workflows/bad', { input: {} })).status).not.toBe(200);
  });

  describe('its document', () => {
    type Loose = Record<string, Record<string, unknown>>;

    const schemaOf = (document: OpenAPIObject, name: string): Loose =>
      document.components?.schemas?.[name] as unknown as Loose;

    it('has one operation for each workflow, with a stable id and its texts', async () => {
      await folder.add('sdxl/txt2img.ts', TEXT_TO_IMAGE);
      await folder.add('b.ts', workflowText('a: z.string()'));
      const { paths } = (await start()).document();
      expect(Object.keys(paths).sort()).toEqual([
        '/workflows',
        '/workflows/b',
        '/workflows/sdxl/txt2img',
      ]);
      const { post } = paths['/workflows/sdxl/txt2img'] ?? {};
      expect(post).toMatchObject({
        operationId: 'workflow_sdxl_txt2img',
        summary: 'Text to image',
        tags: ['workflows'],
      });
      expect(paths['/workflows/b']?.post).toMatchObject({
        operationId: 'workflow_b',
        summary: 'b',
      });
      expect(post?.description?.split('\n')).toEqual([
        'Draws a picture of a text.',
        '',
        '| Input | Type | Required | Default | Values | Description |',
        '| --- | --- | --- | --- | --- | --- |',
        '| `prompt` | string | yes |  |  | What to draw |',
        '| `negative_prompt` | string | no | `"blurry"` |  | What to avoid |',
        '| `width` | integer | no | `512` | ≥ 256, ≤ 2048 | Width \\| pixels |',
        '| `seed` | integer | no |  |  | Seed of the noise |',
        '| `cfg_scale` | number | no | `8` | ≥ 0, ≤ 20 |  |',
        expect.stringContaining(
          '| `sampler_name` | string | no | `"euler"` | `"euler"`, `"euler_cfg_pp"`',
        ),
        expect.stringContaining('| `scheduler` | string | no | `"normal"` |'),
        '| `checkpoint` | string | no | `"warm.safetensors"` | `"warm.safetensors"` |  |',
      ]);
    });

    it('describes the body: the input, and what /prompt takes beside it', async () => {
      await folder.add('x.ts', TEXT_TO_IMAGE);
      const document = (await start()).document();
      const { requestBody, responses } = document.paths['/workflows/x']?.post ?? {};
      expect(requestBody).toMatchObject({
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['input'],
              additionalProperties: false,
              properties: {
                input: { $ref: '#/components/schemas/workflow_x_input' },
                id: { type: 'string' },
                webhook: { type: 'string' },
                webhook_v2: { type: 'string' },
                convert_output: {},
                extra_data: { type: 'object' },
                cancel_on_disconnect: { type: 'boolean' },
              },
            },
          },
        },
      });
      expect(schemaOf(document, 'workflow_x_input')).toMatchObject({
        type: 'object',
        required: ['prompt'],
        properties: {
          width: { type: 'integer', minimum: 256, maximum: 2048, default: 512 },
          checkpoint: { type: 'string', enum: ['warm.safetensors'], default: 'warm.safetensors' },
        },
      });
      expect(responses?.['200']).toMatchObject({
        content: {
          'application/json': {
            schema: {
              allOf: [
                { $ref: '#/components/schemas/PromptAnswerDto' },
                { properties: { input: {} } },
              ],
            },
          },
        },
      });
      expect(responses).toHaveProperty('202');
      expect(responses).toHaveProperty('400');
    });

    it('is the same each time, and shows no random default', async () => {
      await folder.add('x.ts', TEXT_TO_IMAGE);
      await folder.add(
        'y.ts',
        workflowText('a: z.number().default(() => Math.random()).describe("d").optional()'),
      );
      const { document } = await start();
      expect(JSON.stringify(document())).toBe(JSON.stringify(document()));
      expect(schemaOf(document(), 'workflow_x_input')['properties']?.['seed']).toEqual({
        type: 'integer',
        description: 'Seed of the noise',
      });
      expect(schemaOf(document(), 'workflow_y_input')['properties']?.['a']).toEqual({
        type: 'number',
        description: 'd',
      });
    });

    it('shows a model that came after the last time', async () => {
      await folder.add('x.ts', TEXT_TO_IMAGE);
      const { document } = await start();
      expect(JSON.stringify(document())).not.toContain('late.safetensors');
      await folder.addModel('late.safetensors');
      const later = document();
      expect(schemaOf(later, 'workflow_x_input')['properties']?.['checkpoint']).toMatchObject({
        enum: ['late.safetensors', 'warm.safetensors'],
      });
      expect(later.paths['/workflows/x']?.post?.description).toContain('late.safetensors');
    });

    it("offers the author's examples", async () => {
      await folder.add(
        'x.ts',
        'import { defineWorkflow, z } from "comfyui-gateway";\n' +
          'export default defineWorkflow({ RequestSchema: z.object({ a: z.string().meta({ examples: ["one", "two"] }) }), generateWorkflow: () => ({}), examples: { small: { a: "x" } } });',
      );
      const document = (await start()).document();
      const body = document.paths['/workflows/x']?.post?.requestBody;
      expect(body).toMatchObject({
        content: { 'application/json': { examples: { small: { value: { input: { a: 'x' } } } } } },
      });
      expect(schemaOf(document, 'workflow_x_input')['properties']?.['a']).toEqual({
        type: 'string',
        example: 'one',
      });
    });

    it('refers to nothing that is not in it', async () => {
      const tree =
        'const tree = z.object({ get kids() { return z.array(tree); } }).meta({ id: "Tree" });';
      await folder.add('x.ts', workflowText('tree', tree));
      await folder.add('y.ts', workflowText('tree', tree));
      await folder.add('z.ts', workflowText('get self() { return RequestSchema.optional(); }'));
      const document = (await start()).document();
      const text = JSON.stringify(document);
      const names = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? '');
      expect(names.length).toBeGreaterThan(5);
      for (const name of names) {
        const [, known] = /^#\/components\/schemas\/(.+)$/.exec(name) ?? [];
        expect(document.components?.schemas).toHaveProperty([known ?? name]);
      }
    });

    it('shows what it can of schemas that JSON Schema cannot say', async () => {
      await folder.add(
        'a.ts',
        'import { z } from "zod";\nexport const RequestSchema = z.any();\nexport const generateWorkflow = () => ({});',
      );
      await folder.add(
        'b.ts',
        'import { z } from "zod";\nexport const RequestSchema = z.discriminatedUnion("mode", [z.object({ mode: z.literal("fast") }), z.object({ mode: z.literal("fine"), steps: z.number() })]);\nexport const generateWorkflow = () => ({});',
      );
      await folder.add(
        'c.ts',
        workflowText(
          'at: z.date(), big: z.bigint(), t: z.string().transform((x) => x.length), c: z.custom(() => true), n: z.string().nullable(), seed: z.number().int().default(18446744073709551615n)',
        ),
      );
      const { document } = await start();
      const shown = document();
      expect(shown.paths['/workflows/a']?.post).not.toHaveProperty('description');
      expect(schemaOf(shown, 'workflow_b_input')['oneOf']).toHaveLength(2);
      expect(shown.paths['/workflows/b']?.post?.description).toContain('or\n');
      expect(schemaOf(shown, 'workflow_c_input')['properties']).toMatchObject({
        at: { type: 'string', format: 'date-time' },
        big: { type: 'integer' },
        t: { type: 'string' },
        n: { type: 'string', nullable: true },
      });
    });
  });
});
