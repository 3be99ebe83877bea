import { readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  aPrompt,
  eventually,
  launch,
  makeWorkspace,
  WebServer,
  type LaunchedGateway,
  type LaunchOptions,
  type Workspace,
} from '@gateway/testing';
import sharp from 'sharp';

const RESTARTING = { ALWAYS_RESTART_COMFYUI: 'true', RESTART_DELAY_S: '0.1' };

describe('a gateway with a warm-up prompt', () => {
  let workspace: Workspace;
  let gateway: LaunchedGateway;

  beforeEach(async () => {
    workspace = await makeWorkspace();
  });

  afterEach(() => gateway.stop());

  /** A gateway whose warm-up takes `steps` × 50 ms. */
  async function warming(steps: number, options: LaunchOptions = {}): Promise<LaunchedGateway> {
    const file = join(workspace.base, 'warm-up.json');
    await writeFile(file, JSON.stringify(aPrompt().sampled({ steps }).build()));
    return launch({
      workspace,
      emulator: ['--step-ms', '50'],
      waitUntilReady: false,
      ...options,
      env: { WARMUP_PROMPT_FILE: file, ...options.env },
    });
  }

  const statusOf = async (path: string): Promise<number> => (await gateway.get(path)).status;
  const phase = async (): Promise<unknown> => {
    const { json } = await gateway.get('/health/startup');
    return (json['details'] as { readonly comfyui?: { readonly phase: unknown } }).comfyui?.phase;
  };

  it('is neither healthy nor ready while it warms up, and both when it has', async () => {
    gateway = await warming(40);
    await gateway.untilListening();
    await eventually(async () => (await phase()) === 'warming-up', 'it warms up');
    expect(await Promise.all(['/health', '/ready', '/health/live'].map(statusOf))).toEqual([
      500, 503, 200,
    ]);

    const client = await gateway.prompt(aPrompt().build());

    expect(client.status).toBe(200);
    expect(await Promise.all(['/health', '/ready', '/health/startup'].map(statusOf))).toEqual([
      200, 200, 200,
    ]);
    expect(jobsThatRan(gateway)[0]).toMatch(/^warmup-/);
    await eventually(async () => (await readdir(workspace.output)).length === 0, 'no file stays');
  });

  it('warms up again after each start of the engine, and stays healthy meanwhile', async () => {
    gateway = await warming(20, { env: RESTARTING });
    await gateway.untilReady();
    await gateway.arm('kill-mid-prompt');

    expect((await gateway.prompt(aPrompt().build())).status).toBe(502);

    await eventually(async () => (await phase()) === 'warming-up', 'it warms up again');
    expect(await Promise.all(['/health', '/ready'].map(statusOf))).toEqual([200, 503]);
    await gateway.untilReady();
    expect(jobsThatRan(gateway).filter((id) => id.startsWith('warmup-'))).toHaveLength(2);
    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
  });

  it('is not ready after an engine that is killed during the warm-up, until the next has run it', async () => {
    gateway = await warming(40, { env: RESTARTING });
    await gateway.untilListening();
    await eventually(async () => (await phase()) === 'warming-up', 'it warms up');

    killEngine(gateway);

    expect(await Promise.all(['/health', '/ready'].map(statusOf))).toEqual([500, 503]);
    await gateway.untilReady();
    expect(await Promise.all(['/health', '/ready'].map(statusOf))).toEqual([200, 200]);
    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
  });

  it('is not ready after an engine that is killed between the warm-up and the first prompt', async () => {
    gateway = await warming(2, { env: RESTARTING });
    await gateway.untilReady();

    killEngine(gateway);

    await eventually(async () => (await statusOf('/ready')) === 503, 'not ready');
    expect(await statusOf('/health')).toBe(200);
    await gateway.untilReady();
    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
  });

  it('takes base64, also the second time', async () => {
    const image = (
      await sharp({ create: { width: 8, height: 8, channels: 3, background: '#f00' } })
        .png()
        .toBuffer()
    ).toString('base64');
    const file = join(workspace.base, 'inline.json');
    const load = { class_type: 'LoadImage', inputs: { image } };
    const save = { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } };
    await writeFile(file, JSON.stringify({ '1': load, '2': save }));
    gateway = await launch({ workspace, env: { ...RESTARTING, WARMUP_PROMPT_FILE: file } });

    killEngine(gateway);

    await eventually(async () => (await statusOf('/ready')) === 503, 'not ready');
    await gateway.untilReady();
    expect(await readdir(workspace.input)).toEqual([]);
  });

  it('goes ahead of a queue that is full', async () => {
    gateway = await warming(4, { scenario: 'slow-start:1500', env: { QUEUE_LIMIT: '2' } });
    await gateway.untilListening();
    const clients = [1, 2].map((n) =>
      gateway.prompt(
        aPrompt()
          .sized(8 * n, 8)
          .build(),
      ),
    );

    expect((await Promise.all(clients)).map(({ status }) => status)).toEqual([200, 200]);
    expect(jobsThatRan(gateway)[0]).toMatch(/^warmup-/);
  });

  it('goes ahead of those who were next when the engine was lost', async () => {
    gateway = await warming(4, { env: RESTARTING });
    await gateway.untilReady();
    await gateway.arm('hang-in-node');
    const clients = Array.from({ length: 8 }, (_, n) =>
      gateway.prompt(
        aPrompt()
          .sized(8 + 8 * n, 8)
          .build(),
      ),
    );
    await eventually(() => jobsThatRan(gateway).length === 3, 'two are inside');
    const before = jobsThatRan(gateway).length;

    killEngine(gateway);

    await Promise.all(clients);
    expect(jobsThatRan(gateway)[before]).toMatch(/^warmup-/);
  });

  it('does not keep a gateway from ending when it hangs', async () => {
    gateway = await warming(4, {
      scenario: 'hang-in-node',
      env: { SHUTDOWN_GRACE_S: '0.3', PROMPT_INTERRUPT_GRACE_S: '0.3' },
    });
    await gateway.untilListening();
    await eventually(async () => (await phase()) === 'warming-up', 'it warms up');
    await eventually(() => jobsThatRan(gateway).length === 1, 'it hangs');

    gateway.process.signal('SIGTERM');

    expect(await gateway.process.exited).toEqual({ code: 0, signal: null });
  });

  it.each([
    ['is missing', undefined, 'cannot be read: '],
    ['is no JSON', '{"1": ', 'is not JSON: '],
    ['is an editor workflow', '{"nodes":[],"links":[]}', 'is not a prompt in API format: '],
    ['has no nodes', '{}', 'is not a prompt in API format: The prompt has no nodes.'],
  ])('does not start with a file that %s', async (_what, content, words) => {
    const file = join(workspace.base, 'bad.json');
    if (content !== undefined) await writeFile(file, content);
    gateway = await launch({
      workspace,
      env: { WARMUP_PROMPT_FILE: file },
      waitUntilReady: false,
    });

    expect(await gateway.process.exited).toEqual({ code: 1, signal: null });
    expect(gateway.process.stderrLines).toHaveLength(1);
    expect(gateway.process.stderrLines[0]).toContain(`WARMUP_PROMPT_FILE ${words}`);
  });

  it('ends with a sentence when ComfyUI refuses the prompt', async () => {
    const file = join(workspace.base, 'refused.json');
    const graph = aPrompt().withNode('9', 'CheckpointLoaderSimple', { ckpt_name: 'none.pt' });
    await writeFile(
      file,
      JSON.stringify(graph.withNode('8', 'PreviewAny', { source: ['9', 0] }).build()),
    );
    gateway = await launch({
      workspace,
      env: { WARMUP_PROMPT_FILE: file },
      waitUntilReady: false,
    });

    expect(await gateway.process.exited).toEqual({ code: 1, signal: null });
    const [sentence, ...rest] = gateway.process.stderrLines;
    expect(sentence).toMatch(/^The warm-up prompt failed: .*none\.pt/);
    expect(rest).toEqual([]);
  });

  it('takes the prompt from an address, too', async () => {
    const web = await WebServer.start();
    const url = web.serve('/warm.json', Buffer.from(JSON.stringify(aPrompt().build())));
    gateway = await launch({ workspace, env: { WARMUP_PROMPT_URL: url } });
    expect(jobsThatRan(gateway)[0]).toMatch(/^warmup-/);
    await web.stop();
  });
});

describe('GET /models', () => {
  let gateway: LaunchedGateway;

  afterEach(() => gateway.stop());

  it('lists the models of every type as they are now', async () => {
    gateway = await launch();
    const { status, json } = await gateway.get('/models');
    expect(status).toBe(200);
    expect(json).toMatchObject({ checkpoints: ['test.safetensors'], loras: [], text_encoders: [] });

    const models = join(gateway.workspace.base, 'models');
    await mkdir(join(models, 'loras', 'styles'), { recursive: true });
    await mkdir(join(models, 'MyOwnKind'));
    await writeFile(join(models, 'loras', 'styles', 'ink.safetensors'), 'weights');
    await writeFile(join(models, 'MyOwnKind', 'x.bin'), 'weights');

    expect((await gateway.get('/models')).json).toMatchObject({
      loras: ['styles/ink.safetensors'],
      MyOwnKind: ['x.bin'],
    });
  });

  it('lists what is on disk while ComfyUI is away', async () => {
    gateway = await launch({ scenario: 'never-ready', waitUntilReady: false });
    await gateway.untilListening();
    expect((await gateway.get('/models')).json).toMatchObject({
      checkpoints: ['test.safetensors'],
    });
  });
});

function jobsThatRan({ process }: LaunchedGateway): readonly string[] {
  return process.logLines
    .filter(({ msg, to }) => msg === 'job' && to === 'running')
    .map(({ jobId }) => String(jobId));
}

/** As the kernel would, when memory runs out. */
function killEngine({ workspace, ports }: LaunchedGateway): void {
  const record = readFileSync(join(workspace.state, `comfyui-${ports.engine}.json`), 'utf8');
  process.kill((JSON.parse(record) as { readonly pid: number }).pid, 'SIGKILL');
}
