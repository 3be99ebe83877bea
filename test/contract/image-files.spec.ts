import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

import { WebServer } from '@gateway/testing';

const ROOT = resolve(__dirname, '..', '..');
const GRAPH = {
  '1': { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color: 255 } },
  '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'a' } },
};

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** There is no Docker here: a folder gets what the last stage of the Dockerfile copies, and nothing else. */
describe("the gateway's image", () => {
  let folder: string;
  let image: string;
  let graph: string;
  let api: WebServer;

  beforeAll(async () => {
    api = await WebServer.start();
    folder = mkdtempSync(join(tmpdir(), 'image-'));
    image = join(folder, 'gateway');
    const lastStage =
      read('Dockerfile')
        .split(/^FROM /m)
        .at(-1) ?? '';
    for (const [, words = ''] of lastStage.matchAll(/^COPY (.+)$/gm)) copy(words.split(' '));
    graph = join(folder, 'graph.json');
    writeFileSync(graph, JSON.stringify(GRAPH));
  }, 60_000);

  afterAll(async () => {
    await api.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('writes workflow files from the nodes of the emulator, by a command of the PATH', async () => {
    const [, target = '', link = ''] =
      /^RUN ln -s (\S+) (\S+generate-workflow)$/m.exec(read('Dockerfile')) ?? [];
    expect(target).toBe('/gateway/generate-workflow');
    const command = join(folder, basename(link));
    symlinkSync(target.replace('/gateway', image), command);

    const file = join(folder, 'square.ts');
    const { code, stderr } = await run(command, [graph, file, '--offline']);

    expect([code, stderr]).toEqual([0, expect.stringContaining('Wrote ')]);
    expect(readFileSync(file, 'utf8')).toContain("class_type: 'EmptyImage'");
  }, 60_000);

  it('has the prompt for Claude', async () => {
    api.always(401);
    await run(join(image, 'generate-workflow'), [graph, join(folder, 'other.ts')], {
      ANTHROPIC_API_KEY: 'sk-ant-not-a-real-key',
      ANTHROPIC_BASE_URL: api.origin,
    });
    expect(JSON.stringify(api.calls[0]?.json)).toContain(
      JSON.stringify(read('claude-endpoint-creation-prompt.md').slice(0, 200)).slice(1, -1),
    );
  }, 60_000);

  it('has the gateway', async () => {
    const { code, stderr } = await run(
      process.execPath,
      [join(image, 'dist', 'apps', 'api', 'src', 'main.js')],
      { PORT: 'nonsense' },
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining('PORT')]);
  }, 60_000);

  /** As `COPY` would, into /gateway; what goes elsewhere is for other tests. */
  function copy(words: readonly string[]): void {
    const [target = '', ...sources] = words.filter((word) => !word.startsWith('--')).toReversed();
    if (target.startsWith('/')) return;
    const mode = /--chmod=(\d+)/.exec(words.join(' '))?.[1];
    for (const source of sources) {
      const isInto = target.endsWith('/');
      const to = join(image, target, isInto ? basename(source) : '');
      mkdirSync(dirname(to), { recursive: true });
      if (source === '/gateway/node_modules') linkProductionPackages(to);
      else cpSync(join(ROOT, source.replace(/^\/gateway\//, '')), to, { recursive: true });
      if (mode !== undefined) chmodSync(to, Number.parseInt(mode, 8));
    }
  }
});

/** What `npm ci --omit=dev` installs. */
function linkProductionPackages(to: string): void {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  for (const [path, { dev }] of Object.entries(packages)) {
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    if (name === undefined || dev === true || !existsSync(join(ROOT, path))) continue;
    mkdirSync(dirname(join(to, name)), { recursive: true });
    symlinkSync(join(ROOT, path), join(to, name));
  }
}

function run(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly stderr: string }> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), ...environment };
  return new Promise((done) => {
    execFile(command, args, { env }, (error, _stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code ?? -1), stderr });
    });
  });
}
