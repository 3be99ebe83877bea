import { chmod, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { TEXT_TO_IMAGE } from '../testing/text-to-image';
import { WorkflowFolder, workflowText } from '../testing/workflow-folder';

describe('loadWorkflows', () => {
  let folder: WorkflowFolder;

  beforeEach(async () => {
    folder = await WorkflowFolder.make();
  });

  afterEach(() => folder.remove());

  it('loads a file of comfyui-api as it is', async () => {
    await folder.add('sdxl/txt2img.ts', TEXT_TO_IMAGE);
    const { route, operationId, workflow } = await folder.loadOnly();
    expect({ route, operationId }).toEqual({
      route: 'sdxl/txt2img',
      operationId: 'workflow_sdxl_txt2img',
    });
    expect(workflow.summary).toBe('Text to image');
    const input = workflow.RequestSchema.parse({ prompt: 'a cat' }) as Record<string, unknown>;
    expect(input).toMatchObject({
      prompt: 'a cat',
      negative_prompt: 'blurry',
      width: 512,
      sampler_name: 'euler',
      checkpoint: 'warm.safetensors',
    });
    expect(await workflow.generateWorkflow(input)).toMatchObject({
      '2': { inputs: { ckpt_name: 'warm.safetensors' } },
    });
  });

  it.each([
    ['a default export', 'x.ts', workflowText('a: z.string()')],
    [
      'module.exports',
      'x.js',
      'const { z } = require("zod");\n' +
        'module.exports = { RequestSchema: z.object({ a: z.string() }), generateWorkflow: () => ({}) };',
    ],
    [
      'sloppy CommonJS',
      'x.js',
      'counter = 1;\nvar z = require("zod").default;\n' +
        'exports.RequestSchema = z.object({ a: z.string() }); exports.generateWorkflow = function () { return {}; };',
    ],
    ['an .mts file', 'x.mts', workflowText('a: z.string()')],
    [
      'an .mjs file',
      'x.mjs',
      'import { z } from "zod";\nexport const RequestSchema = z.object({ a: z.string() });\n' +
        'export const generateWorkflow = () => ({});',
    ],
    [
      'a .cjs file',
      'x.cjs',
      'const { z } = require("zod");\n' +
        'module.exports = { RequestSchema: z.object({ a: z.string() }), generateWorkflow: () => ({}) };',
    ],
    [
      'a .cts file',
      'x.cts',
      'import { z } from "zod";\nconst RequestSchema: z.ZodType = z.object({ a: z.string() });\n' +
        'export = { RequestSchema, generateWorkflow: () => ({}) };',
    ],
    [
      'named exports',
      'x.ts',
      'import * as z from "zod";\nexport const RequestSchema = z.object({ a: z.string() });\n' +
        'export async function generateWorkflow() { return {}; }',
    ],
    [
      'a promise as default export',
      'x.ts',
      'import z from "zod";\nexport default (async () => ({ RequestSchema: z.object({ a: z.string() }), generateWorkflow: () => ({}) }))();',
    ],
    [
      'an await at the top',
      'x.js',
      'const { z } = await import("zod");\nexport default { RequestSchema: z.object({ a: z.string() }), generateWorkflow: () => ({}) };',
    ],
    [
      'defineWorkflow',
      'x.ts',
      'import { config, defineWorkflow, z } from "comfyui-gateway";\n' +
        'export default defineWorkflow({ RequestSchema: z.object({ a: z.string(), s: config.samplers.default("euler") }), generateWorkflow: ({ a }) => ({ "1": { class_type: a, inputs: {} } }) });',
    ],
  ])('accepts %s', async (_how, file, text) => {
    await folder.add(file, text);
    const { route, workflow } = await folder.loadOnly();
    expect(route).toBe('x');
    expect(workflow.RequestSchema.safeParse({ a: 'x' }).success).toBe(true);
    expect(workflow.RequestSchema.safeParse({ a: 1 }).success).toBe(false);
  });

  it.each([
    '../config',
    '../../config',
    '../../../config',
    '../../../../../../../../../config',
    '../config.ts',
    '../../config.js',
    '../config.mjs',
    './config',
  ])('gives its own config for %s', async (specifier) => {
    await folder.add(
      'deep/er/x.ts',
      workflowText('a: z.literal(c.wrapperPort), s: config.samplers.optional()').replace(
        'import config from "../config"',
        `import config from "${specifier}";\nimport * as c from "${specifier}"`,
      ),
    );
    const { workflow } = await folder.loadOnly();
    expect(workflow.RequestSchema.safeParse({ a: 3000 }).success).toBe(true);
  });

  it('leaves a config that lies beside the file to the file', async () => {
    await folder.add('x.ts', workflowText('a: z.literal(own.mine)', 'import own from "./config";'));
    await folder.add('config.ts', 'export default { mine: 7 };');
    const { workflow } = await folder.loadOnly();
    expect(workflow.RequestSchema.safeParse({ a: 7 }).success).toBe(true);
  });

  it("loads helper files, JSON, packages and Node's own modules, from where the file lies", async () => {
    await folder.add(
      'lib/shared.js',
      'const { z } = require("zod");\nexports.seed = z.number().int();',
    );
    await folder.add(
      'lib/names.ts',
      'export { seed } from "./shared.js";\nexport enum Size { small = 1 }',
    );
    await folder.add('lib/table.json', '{ "rows": 3 }');
    await folder.add('node_modules/plain/index.js', 'module.exports = { four: 4 };');
    await folder.add(
      'node_modules/modern/package.json',
      '{ "type": "module", "exports": { "import": "./m.js" } }',
    );
    await folder.add('node_modules/modern/m.js', 'export const five = 5;');
    await folder.add(
      'a/x.ts',
      workflowText(
        'seed, n: z.literal([Size.small, table.rows, plain.four, five, basename("/6"), sep])',
        'import { basename, sep } from "node:path";\nimport { seed, Size } from "../lib/names";\n' +
          'import table from "../lib/table.json";\nimport plain from "plain";\nimport { five } from "modern";',
      ),
    );
    const { workflow } = await folder.loadOnly();
    for (const n of [1, 3, 4, 5, '6', '/']) {
      expect(workflow.RequestSchema.safeParse({ n, seed: 2n ** 63n }).success).toBe(true);
    }
  });

  it('loads the file that is there now, helpers too', async () => {
    await folder.add(
      'x.js',
      'const z = require("zod");\nmodule.exports = { RequestSchema: z.literal(require("./y").y), generateWorkflow() {} };',
    );
    await folder.add('y.js', 'exports.y = 1;');
    expect((await folder.loadOnly()).workflow.RequestSchema.safeParse(1).success).toBe(true);
    await folder.add('y.js', 'exports.y = 2;');
    expect((await folder.loadOnly()).workflow.RequestSchema.safeParse(2).success).toBe(true);
  });

  it('gives each file helpers of its own, so that none sees what another did to them', async () => {
    await folder.add('state.js', 'exports.count = 0;');
    const text = workflowText('n: z.literal(++state.count)', 'const state = require("./state");');
    await folder.add('a.ts', text);
    await folder.add('b.ts', text);
    const { served } = await folder.load();
    expect(
      served.map(({ workflow }) => workflow.RequestSchema.safeParse({ n: 1 }).success),
    ).toEqual([true, true]);
  });

  it('survives files that import each other', async () => {
    await folder.add(
      'a.ts',
      workflowText('a: z.string()', 'import { b } from "./b"; export const a = () => b;'),
    );
    await folder.add('b.ts', 'import { a } from "./a"; export const b = () => a;');
    expect((await folder.load()).served).toHaveLength(1);
  });

  it.each([
    [
      'does not parse as TypeScript',
      'x.ts',
      'import { z } from "zod";\n\nconst a: number = = 1;\n',
      { line: 3, reason: expect.stringContaining('Unexpected token') },
    ],
    [
      'does not parse as JavaScript',
      'x.js',
      'const z = require("zod");\nmodule.exports = { a b };\n',
      { line: 2, reason: expect.stringContaining('Unexpected token') },
    ],
    [
      'throws as it is loaded',
      'x.ts',
      'import { z } from "zod";\ninterface A {\n  a: string;\n}\nconst a: A = { a: "b" };\n\nthrow new Error("no " + a.a);\n',
      { line: 7, reason: 'no b' },
    ],
    [
      'throws as plain JavaScript',
      'x.js',
      '// one\n// two\nundefined.three;\n',
      { line: 3, reason: expect.stringContaining('undefined') },
    ],
    ['throws a text', 'x.js', 'throw "away";', { reason: 'away' }],
    [
      'imports what is not there',
      'x.ts',
      'import { z } from "zod";\nimport nothing from "no-such-package";\nexport default nothing;',
      { line: 2, reason: expect.stringContaining("Cannot find module 'no-such-package'") },
    ],
    [
      'imports a file that is not there',
      'x.ts',
      'import { z } from "zod";\nimport nothing from "./no-such-file";\nexport default nothing;',
      { line: 2, reason: expect.stringContaining('./no-such-file') },
    ],
    [
      'exports no function',
      'x.js',
      'const z = require("zod");\nexports.RequestSchema = z.object({});',
      { reason: 'It exports no generateWorkflow, but "RequestSchema"' },
    ],
    [
      'exports no schema',
      'x.js',
      'exports.generateWorkflow = () => ({});',
      { reason: 'It exports no RequestSchema, but "generateWorkflow"' },
    ],
    [
      'misspells one name',
      'x.ts',
      'import { z } from "zod";\nexport default { RequestSchema: z.any(), generateWorkflw: () => ({}) };',
      {
        reason:
          'It exports no generateWorkflow, but "RequestSchema", "generateWorkflw" (is generateWorkflow meant?)',
      },
    ],
    [
      'misspells both names',
      'x.js',
      'exports.requestSchema = 1;\nexports.generate_workflow = () => ({});',
      {
        reason:
          'It exports neither RequestSchema nor generateWorkflow, but "requestSchema" (is RequestSchema meant?), "generate_workflow" (is generateWorkflow meant?)',
      },
    ],
    [
      'has the wrong kinds of things',
      'x.js',
      'module.exports = { RequestSchema: {}, generateWorkflow: 1, summary: 2 };',
      {
        reason:
          'RequestSchema is no Zod schema; generateWorkflow is no function; summary is no text',
      },
    ],
    [
      'brings a schema of another Zod',
      'x.js',
      'module.exports = { RequestSchema: { _def: {}, parse() {} }, generateWorkflow() {} };',
      { reason: expect.stringContaining('another copy of Zod') },
    ],
    [
      'would change the messages of all',
      'x.js',
      'const z = require("zod");\nz.setErrorMap(() => ({ message: "no" }));',
      { line: 2, reason: expect.stringContaining('`{ error: (issue) => … }`') },
    ],
    [
      'uses what this Zod has no word for',
      'x.ts',
      'import { z } from "zod";\n\nexport const s = z.string().strange();',
      {
        line: 3,
        reason:
          'z.string(...).strange is not a function: Zod 4 has no "strange", see https://zod.dev/v4/changelog',
      },
    ],
  ])('reports a file that %s, and serves the others', async (_how, file, text, expected) => {
    await folder.add(file, text);
    await folder.add('fine.ts', workflowText('a: z.string()'));
    const { served, broken } = await folder.load();
    expect(served.map(({ route }) => route)).toEqual(['fine']);
    expect(broken).toEqual([{ state: 'broken', file, route: 'x', ...expected }]);
    const warnings = folder.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toEqual([
      expect.objectContaining({ facts: expect.objectContaining({ file, ...expected }) }),
    ]);
  });

  it('tells where in a helper the fault is', async () => {
    await folder.add('x.ts', workflowText('a: z.string()', 'import "./lib/helper";'));
    await folder.add('lib/helper.ts', '\n\nthrow new Error("helpless");');
    const { broken } = await folder.load();
    expect(broken).toContainEqual(
      expect.objectContaining({ file: 'x.ts', reason: 'helpless (lib/helper.ts:3)' }),
    );
  });

  it.each([
    ['waits for ever', 'x.ts', 'await new Promise(() => undefined);\nexport {};'],
    ['loops as it is imported', 'x.js', 'for (;;);'],
    ['loops behind an import', 'x.ts', 'import { z } from "zod";\nfor (;;);\nexport default z;'],
    [
      'loops as its schema is made',
      'x.ts',
      workflowText('get a() { for (;;); }', 'import "node:path";'),
    ],
    [
      'loops as its schema is shown',
      'x.ts',
      workflowText('a: z.lazy(() => { for (;;); })', 'import "node:path";'),
    ],
    ['loops as it is looked at', 'x.js', 'module.exports = { get default() { for (;;); } };'],
  ])('gives up a file that %s, and serves the others', async (_how, file, text) => {
    await folder.add(file, text);
    await folder.add('a.ts', workflowText('a: z.string()'));
    await folder.add('z.ts', workflowText('a: z.string()'));
    const { served, broken } = await folder.load({ loadedWithinMs: 1500 });
    expect(served.map(({ route }) => route)).toEqual(['a', 'z']);
    expect(broken).toEqual([
      { state: 'broken', file, route: 'x', reason: 'It did not finish loading within 1.5 s' },
    ]);
  });

  it.each([
    ['ends the process', 'x.js', 'process.exit(3);', expect.stringContaining('process.exit, 3')],
    [
      'rejects where nobody listens',
      'x.ts',
      'import { z } from "zod";\nvoid Promise.reject(new TypeError("unheard"));\nexport default z;',
      'unheard (thrown where nothing catches it)',
    ],
    [
      'throws on the next turn',
      'x.js',
      'process.nextTick(() => { throw "away"; });',
      'away (thrown where nothing catches it)',
    ],
  ])('keeps a file out that %s, and serves the others', async (_how, file, text, reason) => {
    await folder.add(file, text);
    await folder.add('a.ts', workflowText('a: z.string()'));
    await folder.add('z.ts', workflowText('a: z.string()'));
    const { served, broken } = await folder.load();
    expect(served.map(({ route }) => route)).toEqual(['a', 'z']);
    expect(broken).toEqual([{ state: 'broken', file, route: 'x', reason }]);
  });

  it('blames no file for what an earlier one left running', async () => {
    await folder.add(
      'a.js',
      'if (!require("worker_threads").isMainThread) setTimeout(() => process.exit(), 1);',
    );
    await folder.add('b.js', 'await new Promise((resolve) => setTimeout(resolve, 200));');
    await folder.add('c.ts', workflowText('a: z.string()'));
    const { served, broken } = await folder.load();
    expect([served.length, broken]).toEqual([1, []]);
  });

  it.each([
    'null',
    'undefined',
    'Symbol("s")',
    '{ get message() { throw 1; } }',
    'Object.create(null)',
  ])('reports a file that throws %s', async (thrown) => {
    await folder.add('x.js', `throw ${thrown};`);
    const { broken } = await folder.load();
    expect(broken).toEqual([expect.objectContaining({ file: 'x.js', reason: expect.any(String) })]);
  });

  it('tells which file it loads to whoever wants to know', async () => {
    await folder.add('x.ts', workflowText('a: z.string()'));
    await folder.load();
    expect(folder.lines[0]).toEqual({
      level: 'debug',
      facts: { file: 'x.ts' },
      message: 'loading a workflow',
    });
  });

  it.each([
    ['a.js', 'a.ts'],
    ['a.cts', 'a.mjs'],
    ['Up/Scale.ts', 'up/scale.ts'],
  ])('serves neither %s nor %s, which would have one route', async (one, other) => {
    await folder.add(one, workflowText('a: z.string()'));
    await folder.add(other, workflowText('a: z.string()'));
    const { served, broken } = await folder.load();
    expect(served).toEqual([]);
    expect(broken.map(({ file }) => file)).toEqual([one, other]);
    for (const { reason } of broken) {
      expect(reason).toContain(`"${one}"`);
      expect(reason).toContain(`"${other}"`);
    }
  });

  it('reports names that cannot be part of a route', async () => {
    await folder.add('my flow.ts', workflowText('a: z.string()'));
    await folder.add('größe/x.ts', workflowText('a: z.string()'));
    const { served, broken } = await folder.load();
    expect(served).toEqual([]);
    expect(broken.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('"größe" cannot be part of a route'),
      expect.stringContaining('"my flow" cannot be part of a route'),
    ]);
  });

  it('passes over helpers, tests, declarations, hidden files and packages', async () => {
    for (const file of [
      'x.test.ts',
      'x.spec.js',
      'x.d.ts',
      '.hidden.ts',
      '.git/x.ts',
      'node_modules/a/x.ts',
      'notes.md',
      'x.d.mts',
      'x.spec.cjs',
    ]) {
      await folder.add(file, workflowText('a: z.string()'));
    }
    await folder.add('helper with spaces.ts', 'export const helps = true;');
    await folder.add('create.ts', 'export const createWorkflow = () => 1;');
    const { entries } = await folder.load();
    expect(entries).toEqual([]);
  });

  it('follows symlinks, but not in circles', async () => {
    await folder.add('real/x.ts', workflowText('a: z.string()'));
    await symlink(join(folder.dir, 'real', 'x.ts'), join(folder.dir, 'linked.ts'));
    await symlink(folder.dir, join(folder.dir, 'real', 'circle'));
    await symlink(join(folder.dir, 'nowhere'), join(folder.dir, 'dangling.ts'));
    const { served } = await folder.load();
    expect(served.map(({ route }) => route)).toEqual(['linked', 'real/x']);
  });

  it('writes nothing, so that a mount for reading is enough', async () => {
    await folder.add('a/x.ts', TEXT_TO_IMAGE);
    const dirs = [join(folder.dir, 'a'), folder.dir];
    for (const dir of dirs) await chmod(dir, 0o555);
    try {
      expect((await folder.load()).served).toHaveLength(1);
      expect(await readdir(folder.dir, { recursive: true })).toEqual(['a', 'a/x.ts']);
    } finally {
      for (const dir of dirs) await chmod(dir, 0o755);
    }
  });

  it('has no workflows when there is no folder, and says so in one line', async () => {
    await folder.remove();
    expect((await folder.load()).entries).toEqual([]);
    expect(folder.lines.map(({ level, message }) => [level, message])).toEqual([
      ['info', 'no folder of workflows'],
    ]);
    await mkdir(folder.dir, { recursive: true });
  });
});
