import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { Chapter } from '../chapter';

const ROOT = resolve(__dirname, '..', '..');
/** In the author's folder. */
const PACKAGE = 'node_modules/comfyui-gateway';
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

const CHAPTER = new Chapter('docs/workflows.md');

const run = promisify(execFile);

/** With the import that new files have. */
const GOOD = `import { config, defineWorkflow, z } from 'comfyui-gateway';

export default defineWorkflow({
  summary: 'Text to image',
  RequestSchema: z.object({
    prompt: z.string().describe('What to draw'),
    sampler: config.samplers.default('euler'),
    lora: config.models.loras.enum.optional(),
    checkpoint: config.models.checkpoints.enum.default(config.warmupCkpt ?? 'sd.safetensors'),
  }),
  generateWorkflow: ({ prompt, sampler, lora, checkpoint }) => ({
    all: { class_type: 'Echo', inputs: { prompt: prompt.trim(), sampler, lora, checkpoint } },
    next: { class_type: 'Echo', inputs: { link: ['all', 0] }, _meta: { title: config.selfURL } },
  }),
  examples: { cat: { prompt: 'a cat' } },
});
`;

/** With the imports of comfyui-api. */
const CLASSIC = `import { z } from "zod";
import config from "../config";

const RequestSchema = z.object({
  prompt: z.string().optional().default("a cat"),
  sampler: config.samplers.optional().default("euler"),
});

function generateWorkflow(input: z.infer<typeof RequestSchema>) {
  return { "1": { class_type: "Echo", inputs: { prompt: input.prompt, sampler: input.sampler } } };
}

export default { RequestSchema, generateWorkflow };
`;

describe('the package, as an author installs it', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'author-'));
    const destination = ['--pack-destination', folder, '--json'];
    const { stdout } = await run('npm', ['pack', '--ignore-scripts', ...destination], {
      cwd: ROOT,
    });
    const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }];
    await mkdir(join(folder, PACKAGE), { recursive: true });
    await run('tar', ['-xzf', filename, '--strip-components=1', '-C', PACKAGE], { cwd: folder });
    // npm would put it there: it is one of the package's dependencies.
    await symlink(join(ROOT, 'node_modules', 'zod'), join(folder, 'node_modules', 'zod'));
    const tsconfig = CHAPTER.blocks('json').find((text) => text.includes('"compilerOptions"'));
    await writeFile(
      join(folder, 'tsconfig.json'),
      tsconfig ?? 'The chapter shows no tsconfig.json',
    );
  }, 180_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('holds what authors and extensions need, and no sources', async () => {
    const { stdout } = await run('find', ['.', '-type', 'f'], { cwd: join(folder, PACKAGE) });
    const files = stdout.trim().split('\n');
    const own = files.filter((file) => !/^\.\/(LICENSE|README\.md|package\.json)$/.test(file));
    expect(own).toEqual(
      expect.arrayContaining([
        './types/config.d.ts',
        './dist/libs/workflow-files/src/authoring/comfyui-gateway.d.ts',
        './dist/libs/workflow-files/src/authoring/comfyui-gateway.js',
      ]),
    );
    expect(own.filter((file) => /\.map$|\.spec\.|(?<!\.d)\.ts$/.test(file))).toEqual([]);
    const declarations = own.filter((file) => file.endsWith('.d.ts'));
    for (const file of declarations) {
      expect(await readFile(join(folder, PACKAGE, file), 'utf8')).not.toContain('@gateway/');
    }
  });

  it("compiles new files, old ones, the chapter's and those that come with the gateway", async () => {
    const { 'broken.ts': broken, ...shown } = CHAPTER.files();
    expect(broken).toBeDefined();
    await put(shown);
    const fragments = CHAPTER.blocks('ts').filter((text) => !text.startsWith('//'));
    await put(Object.fromEntries(fragments.map((text, index) => [`fragment-${index}.ts`, text])));
    await put({ 'good.ts': GOOD, 'deep/er/classic.ts': CLASSIC });
    await cp(join(ROOT, 'workflows'), join(folder, 'flows', 'shipped'), { recursive: true });
    expect(await complaints()).toEqual([]);
  }, 180_000);

  it('finds the mistakes of a wrong file, each at its line', async () => {
    const wrong = {
      'unknown-input.ts': GOOD.replace('({ prompt, ', '({ promt: prompt, '),
      'no-graph.ts': GOOD.replace(/=> \(\{[^]*?\n {2}\}\),/, "=> 'no graph',"),
      'no-class.ts': GOOD.replace(
        "class_type: 'Echo', inputs: { link",
        "class: 'Echo', inputs: { link",
      ),
      'wrong-example.ts': GOOD.replace("prompt: 'a cat'", 'prompt: 7'),
      'unknown-setting.ts': GOOD.replace('config.selfURL', 'config.selfUrl'),
      'classic.ts': CLASSIC.replace('config.samplers', 'config.sampler'),
    };
    await rm(join(folder, 'flows'), { recursive: true, force: true });
    await put(wrong);

    const found = await complaints();

    expect(found.map(({ place }) => place)).toEqual([
      'flows/classic.ts:6',
      'flows/no-class.ts:13',
      'flows/no-graph.ts:11',
      'flows/unknown-input.ts:11',
      'flows/unknown-setting.ts:13',
      'flows/wrong-example.ts:15',
    ]);
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining("Property 'sampler' does not exist"),
      expect.stringContaining("'class' does not exist in type 'WorkflowNode'"),
      expect.stringContaining("Type 'string' is not assignable to type"),
      expect.stringContaining("Property 'promt' does not exist"),
      expect.stringContaining("Property 'selfUrl' does not exist"),
      expect.stringContaining("'number' is not assignable to type 'string'"),
    ]);
  }, 180_000);

  it('runs, and says why there is no `config` out of a gateway', async () => {
    const script = `
      const { config, defineWorkflow, z } = require('comfyui-gateway');
      const { RequestSchema } = defineWorkflow({ RequestSchema: z.string(), generateWorkflow: () => ({}) });
      console.log(RequestSchema.parse('parsed'));
      try { config.samplers } catch ({ message }) { console.log(message) }
    `;
    const { stdout } = await run(process.execPath, ['--eval', script], { cwd: folder });
    expect(stdout).toBe(
      'parsed\nconfig.samplers is there only in a file that a gateway has loaded\n',
    );
  });

  async function put(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, 'flows', name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
  }

  /** What the compiler says, one per place. */
  async function complaints(): Promise<readonly { place: string; message: string }[]> {
    const { stdout } = await run(process.execPath, [TSC, '--pretty', 'false'], {
      cwd: folder,
    }).catch((error: unknown) => error as { readonly stdout: string });
    return stdout
      .split(/\n(?! )/)
      .filter((text) => text !== '')
      .map((text) => {
        const [, file, line, message = text] = /^(.+)\((\d+),\d+\): ([^]*)$/.exec(text) ?? [];
        return { place: `${file}:${line}`, message };
      });
  }
});
