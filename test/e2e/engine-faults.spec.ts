import { readFileSync } from 'node:fs';

import { aPrompt, eventually, launch, type LaunchedGateway } from '@gateway/testing';

const RESTARTING = { ALWAYS_RESTART_COMFYUI: 'true', RESTART_DELAY_S: '0.1' };

describe('when the engine fails, the client is told and the next prompt works', () => {
  let gateway: LaunchedGateway;

  afterEach(() => gateway.stop());

  /** Jobs that the gateway has taken. */
  const accepted = (): number =>
    gateway.process.logLines.filter(({ msg, to }) => msg === 'job' && to === 'queued').length;

  async function laterPromptWorks(): Promise<void> {
    const { status, json } = await gateway.prompt(aPrompt().build());
    expect([status, json.error]).toEqual([200, undefined]);
    expect(json.images).toHaveLength(1);
  }

  it('killed mid-prompt: 502 with the signal, then a restart', async () => {
    gateway = await launch({ env: RESTARTING });
    await gateway.arm('kill-mid-prompt');

    const { status, json } = await gateway.prompt(aPrompt().build());

    expect(status).toBe(502);
    expect(json.code).toBe('prompt.engine_lost');
    expect(json.error).toContain('SIGKILL');
    await laterPromptWorks();
  });

  it('exits mid-prompt: 502 with the code, its last lines in the log, then a restart', async () => {
    gateway = await launch({ env: RESTARTING });
    await gateway.arm('exit-mid-prompt:3');

    const { status, json } = await gateway.prompt(aPrompt().build());

    expect(status).toBe(502);
    expect(json.error).toContain('code 3');
    const isTold = () => JSON.stringify(gateway.process.logLines).includes('got prompt');
    await eventually(isTold, 'its last lines in the log');
    await laterPromptWorks();
  });

  it('exits mid-prompt with code 0: that is an exit like any other', async () => {
    gateway = await launch({ env: RESTARTING });
    await gateway.arm('exit-mid-prompt:0');

    const { status } = await gateway.prompt(aPrompt().build());

    expect(status).toBe(502);
    await laterPromptWorks();
  });

  it('keeps its probes true while ComfyUI restarts, and runs what came meanwhile', async () => {
    gateway = await launch({ env: RESTARTING });
    await gateway.arm('kill-mid-prompt');
    const lost = gateway.prompt(aPrompt().build());
    await eventually(async () => (await gateway.get('/ready')).status === 503, 'not ready');

    const meanwhile = gateway.prompt(aPrompt().build());

    expect((await gateway.get('/health')).status).toBe(200);
    expect((await gateway.get('/health/live')).status).toBe(200);
    expect((await lost).status).toBe(502);
    expect((await meanwhile).status).toBe(200);
  });

  it('killed without restart: 502 to all who wait, and the gateway ends, non-zero', async () => {
    gateway = await launch({ env: { COMFY_MAX_IN_FLIGHT: '1' }, emulator: ['--step-ms', '100'] });
    const prompts = [1, 2, 3].map((seed) =>
      gateway.prompt(aPrompt().sampled({ seed, steps: 20 }).build()),
    );
    // A request that comes when the gateway is ending already gets no answer at all.
    await eventually(() => accepted() === 3, 'all three wait');
    await gateway.arm('kill-mid-prompt');

    const statuses = (await Promise.all(prompts)).map(({ status }) => status);

    expect(statuses).toEqual([502, 502, 502]);
    expect(await gateway.process.exited).toEqual({ code: 1, signal: null });
    expect(gateway.process.stderrLines.join('\n')).toMatch(/^ComfyUI exited \(signal SIGKILL\)/);
  });

  it('drops its socket mid-prompt and refuses a new one: the prompt still ends well', async () => {
    gateway = await launch({ emulator: ['--step-ms', '50'] });
    await gateway.arm('drop-websocket:1500');

    const { status, json } = await gateway.prompt(aPrompt().sampled({ steps: 10 }).build());

    expect(status).toBe(200);
    expect(json.images).toHaveLength(1);
    await laterPromptWorks();
  });

  it('hangs in a node: 504 after PROMPT_TIMEOUT_S, then a restart', async () => {
    gateway = await launch({
      env: { ...RESTARTING, PROMPT_TIMEOUT_S: '1', PROMPT_INTERRUPT_GRACE_S: '1' },
    });
    await gateway.arm('hang-in-node');

    const { status, json } = await gateway.prompt(aPrompt().build());

    expect(status).toBe(504);
    expect(json.code).toBe('prompt.timed_out');
    await laterPromptWorks();
  });

  it('takes too long but can be interrupted: 504, and no restart', async () => {
    gateway = await launch({ env: { PROMPT_TIMEOUT_S: '0.5' }, emulator: ['--step-ms', '100'] });

    const { status } = await gateway.prompt(aPrompt().sampled({ steps: 100 }).build());

    expect(status).toBe(504);
    await laterPromptWorks();
    expect(readies(gateway)).toBe(1);
  });

  it('zombie worker that says so: a restart, and the prompt tried again', async () => {
    gateway = await launch({ env: RESTARTING });
    await gateway.arm('zombie-worker');

    const { status } = await gateway.prompt(aPrompt().build());

    expect(status).toBe(200);
    expect(readies(gateway)).toBe(2);
  });

  it('zombie worker that says nothing: noticed, restarted, and the prompt tried again', async () => {
    gateway = await launch({
      env: { ...RESTARTING, ENGINE_STUCK_S: '1', PROMPT_INTERRUPT_GRACE_S: '0.2' },
    });
    await gateway.arm('zombie-worker-silent');

    const { status } = await gateway.prompt(aPrompt().build());

    expect(status).toBe(200);
    expect(readies(gateway)).toBe(2);
  });

  it('runs out of memory: 500 with the exception, and the engine lives on', async () => {
    gateway = await launch();
    await gateway.arm('out-of-memory');

    const { status, json } = await gateway.prompt(aPrompt().build());

    expect(status).toBe(500);
    expect(json['execution']).toMatchObject({ exception_type: 'torch.OutOfMemoryError' });
    await laterPromptWorks();
  });

  it('writes history late: the answer waits for it and is whole', async () => {
    gateway = await launch();
    await gateway.arm('late-history:400');

    await laterPromptWorks();
  });

  it('sends NaN in its messages: nothing breaks', async () => {
    gateway = await launch();
    await gateway.arm('nan-messages');

    await laterPromptWorks();
    await laterPromptWorks();
  });

  it('answers the prompt with 500: tried once more', async () => {
    gateway = await launch();
    await gateway.arm('http-500:/prompt');

    const { status } = await gateway.prompt(aPrompt().build());

    expect(status).toBe(200);
    await laterPromptWorks();
  });

  it('writes an output of 200 MB: it is streamed, not held', async () => {
    gateway = await launch();
    await laterPromptWorks();
    const before = residentMegabytes(gateway.process.pid);
    await gateway.arm('oversized-output:200');

    const response = await fetch(`${gateway.url}/prompt`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: aPrompt().build() }),
    });
    let received = 0;
    for await (const chunk of response.body!) received += (chunk as Uint8Array).length;

    expect(received).toBeGreaterThan(200 * 2 ** 20 * (4 / 3));
    expect(residentMegabytes(gateway.process.pid) - before).toBeLessThan(150);
  });

  it('has a second socket under one client id: the prompt still ends', async () => {
    gateway = await launch({ env: { ENGINE_SILENT_S: '1' } });
    await gateway.arm('duplicate-client-id');

    await laterPromptWorks();
    await laterPromptWorks();
  });
});

describe('when the engine does not come up, the gateway says so and ends', () => {
  it('exits while starting: at once, with its exit, not after the last try', async () => {
    const gateway = await launch({
      scenario: 'exit-at-start:7',
      waitUntilReady: false,
      env: { STARTUP_CHECK_MAX_TRIES: '100' },
    });

    expect(await gateway.process.exited).toEqual({ code: 1, signal: null });
    expect(gateway.process.stderrLines.join('\n')).toContain('code 7');
    await gateway.stop();
  });

  it('never gets ready: after the last try', async () => {
    const gateway = await launch({
      scenario: 'never-ready',
      waitUntilReady: false,
      env: { STARTUP_CHECK_INTERVAL_S: '0.2', STARTUP_CHECK_MAX_TRIES: '5' },
    });
    const refused = gateway.prompt(aPrompt().build()).catch(() => undefined);

    expect(await gateway.process.exited).toEqual({ code: 1, signal: null });
    expect(gateway.process.stderrLines.join('\n')).toMatch(/did not answer within/);
    await refused;
    await gateway.stop();
  });

  it('fails again and again: gives up after a few quick failures', async () => {
    const gateway = await launch({
      scenario: 'exit-at-start:7',
      waitUntilReady: false,
      env: { ...RESTARTING, RESTART_DELAY_S: '0.01' },
    });

    expect(await gateway.process.exited).toEqual({ code: 1, signal: null });
    expect(gateway.process.stderrLines.join('\n')).toMatch(/gave up|given up/i);
    await gateway.stop();
  });

  it('starts slowly: probes answer meanwhile, and a prompt sent early is run', async () => {
    const gateway = await launch({ scenario: 'slow-start:1500', waitUntilReady: false });
    await eventually(
      () =>
        gateway.get('/health/live').then(
          ({ status }) => status === 200,
          () => false,
        ),
      'up',
    );

    expect((await gateway.get('/health')).status).toBe(500);
    expect((await gateway.get('/ready')).status).toBe(503);
    expect((await gateway.get('/health/startup')).status).toBe(503);
    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
    expect((await gateway.get('/health')).status).toBe(200);
    await gateway.stop();
  });
});

/** How often the engine became ready. */
function readies(gateway: LaunchedGateway): number {
  return gateway.process.logLines.filter((line) => line['to'] === 'ready').length;
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}
