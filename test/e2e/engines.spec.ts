import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import {
  aPrompt,
  EMULATOR_ENTRY,
  eventually,
  freePort,
  launch,
  LaunchedProcess,
  makeWorkspace,
  type LaunchedGateway,
  type Workspace,
} from '@gateway/testing';

describe('attached to a ComfyUI that somebody else launched', () => {
  let workspace: Workspace;
  let engine: LaunchedProcess;
  let gateway: LaunchedGateway;
  let enginePort: number;

  beforeEach(async () => {
    workspace = await makeWorkspace();
    enginePort = await freePort();
    engine = startEngine();
  });

  afterEach(async () => {
    await gateway.process.end();
    await endEngine();
    await workspace.remove();
  });

  it('runs prompts, and lets it run on when the gateway ends', async () => {
    gateway = await attach();

    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
    await eventually(
      async () => (await readdir(workspace.output)).length === 0,
      'its file is removed',
    );
    expect(await gateway.process.end()).toEqual({ code: 0, signal: null });
    expect(engine.running).toBe(true);
  });

  it('runs a graph again under an id that is forgotten, though ComfyUI has it cached', async () => {
    gateway = await attach();
    const first = await gateway.prompt(aPrompt().build(), { id: 'order-1' });
    await gateway.process.end();
    gateway = await attach();

    const again = await gateway.prompt(aPrompt().build(), { id: 'order-1' });

    expect([first.status, again.status, again.json.error]).toEqual([200, 200, undefined]);
    expect(again.json.filenames[0]).toMatch(/^order-1_[0-9a-f]{8}_ComfyUI_00001_\.png$/);
    await eventually(
      async () => (await readdir(workspace.output)).length === 0,
      'its file is removed',
    );
  });

  it('answers 503 with Retry-After when it is away for longer than prompts should wait', async () => {
    await endEngine();
    gateway = await attach({ ENGINE_WAIT_S: '0.5' }, false);
    await eventually(
      () =>
        gateway.get('/health/live').then(
          ({ status }) => status === 200,
          () => false,
        ),
      'the gateway listens',
    );

    const { status, json, headers } = await gateway.prompt(aPrompt().build());

    expect([status, json.code]).toEqual([503, 'prompt.engine_not_ready']);
    expect(headers.get('retry-after')).toBe('5');
  });

  it('fetches outputs over HTTP when it does not see its folders', async () => {
    const elsewhere = join(workspace.base, 'not', 'here');
    gateway = await attach({ OUTPUT_DIR: elsewhere, INPUT_DIR: elsewhere });

    const { status, json } = await gateway.prompt(aPrompt().build());

    expect(status).toBe(200);
    const warnings = gateway.process.logLines.filter(({ level }) => level === 40);
    expect(warnings.map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/stays in ComfyUI for ever.* set COMFY_HOME/),
    ]);
    expect(Buffer.from(json.images[0]!, 'base64').subarray(1, 4).toString()).toBe('PNG');
  });

  it('is ready again when that ComfyUI was restarted, and tells whom it lost', async () => {
    gateway = await attach({ LOG_LEVEL: 'debug' });
    const lost = gateway.prompt(aPrompt().sampled({ steps: 1000 }).build());
    // One that the engine had not begun would be tried again instead.
    await eventually(
      () => gateway.process.logLines.some(({ msg }) => msg === 'progress'),
      'the prompt is half way',
    );

    engine.signal('SIGKILL');
    await engine.exited;

    expect((await lost).status).toBe(502);
    await eventually(async () => (await gateway.get('/ready')).status === 503, 'not ready');
    const early = gateway.prompt(aPrompt().build());
    engine = startEngine();
    expect((await early).status).toBe(200);
    await gateway.untilReady();
    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
  });

  it('waits for one that comes later', async () => {
    await endEngine();
    gateway = await attach({}, false);
    await eventually(() => answers(gateway, '/health/live'), 'the gateway listens');
    await eventually(
      () => gateway.process.logLines.some(({ msg }) => msg === waitingFor(gateway.engineUrl)),
      'the log says for what',
    );
    const early = gateway.prompt(aPrompt().build());

    engine = startEngine();

    expect((await early).status).toBe(200);
  });

  function startEngine(): LaunchedProcess {
    const args = ['--port', String(enginePort), '--base-directory', workspace.base];
    return new LaunchedProcess(
      [process.execPath, EMULATOR_ENTRY, ...args, '--step-ms', '20'],
      process.env,
    );
  }

  /** ComfyUI ends by SIGINT. */
  async function endEngine(): Promise<void> {
    if (engine.running) engine.signal('SIGINT');
    await engine.exited;
  }

  async function attach(
    env: Readonly<Record<string, string>> = {},
    waitUntilReady = true,
  ): Promise<LaunchedGateway> {
    const ports = { gateway: await freePort(), engine: enginePort };
    return launch({ workspace, ports, env, waitUntilReady, command: () => '' });
  }
});

describe.each(['0.3.40', '0.3.64', '0.26+'])('with ComfyUI %s', (profile) => {
  let gateway: LaunchedGateway;

  beforeAll(async () => {
    gateway = await launch({ emulator: ['--profile', profile, '--step-ms', '20'] });
  });

  afterAll(() => gateway.stop());

  it('a prompt comes back with its picture', async () => {
    const { status, json } = await gateway.prompt(aPrompt().sampled().build(), { id: 'plain' });

    expect([status, json.id]).toEqual([200, 'plain']);
    expect(json.images).toHaveLength(1);
  });

  it('a client that leaves cancels its prompt and nobody else’s', async () => {
    const leaver = new AbortController();
    const left = gateway
      .post(
        '/prompt',
        { prompt: aPrompt().sampled({ seed: 1, steps: 1000 }).build(), id: 'left' },
        { signal: leaver.signal },
      )
      .catch((error: unknown) => error);
    await eventually(() => jobReached(gateway, 'left', 'running'), 'it runs');
    const next = gateway.prompt(aPrompt().sampled({ seed: 2 }).build());

    leaver.abort();
    await left;

    expect((await next).status).toBe(200);
    await eventually(() => jobReached(gateway, 'left', 'canceled'), 'it is canceled');
  });

  it('several prompts at once all come back', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, seed) =>
        gateway.prompt(aPrompt().sampled({ seed, steps: 3 }).build()),
      ),
    );

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });
});

function jobReached(gateway: LaunchedGateway, id: string, status: string): boolean {
  return gateway.process.logLines.some(
    ({ msg, jobId, to }) => msg === 'job' && jobId === id && to === status,
  );
}

async function answers(gateway: LaunchedGateway, path: string): Promise<boolean> {
  return gateway.get(path).then(
    () => true,
    () => false,
  );
}

function waitingFor(url: string): string {
  return `waiting for ComfyUI at ${url}`;
}
