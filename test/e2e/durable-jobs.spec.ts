import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  aPrompt,
  EMULATOR_ENTRY,
  eventually,
  freePort,
  launch,
  LaunchedProcess,
  makeWorkspace,
  WebServer,
  type LaunchedGateway,
  type LaunchOptions,
  type ReceivedCall,
} from '@gateway/testing';

const HERE = { URL_ALLOW_PRIVATE_NETWORKS: 'true', PROMPT_WEBHOOK_RETRIES: '10' };
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

describe('jobs of a gateway that is gone', () => {
  let gateway: LaunchedGateway;
  let receiver: WebServer;
  let options: LaunchOptions;

  beforeEach(async () => {
    receiver = await WebServer.start();
  });

  afterEach(async () => {
    await gateway.stop();
    await receiver.stop();
  });

  async function start(more: LaunchOptions = {}): Promise<void> {
    options = { emulator: ['--step-ms', '20'], ...more, env: { ...HERE, ...more.env } };
    gateway = await launch(options);
  }

  /** Its next life, on the same folders and ports. */
  async function startAgain(more: LaunchOptions = {}): Promise<void> {
    const { workspace, ports } = gateway;
    gateway = await launch({ ...options, workspace, ports, ...more });
  }

  async function kill(): Promise<void> {
    gateway.process.signal('SIGKILL');
    await gateway.process.exited;
  }

  /** Calls that told how a job ended, by its id. */
  function endings(): ReadonlyMap<string, readonly ReceivedCall[]> {
    const byJob = new Map<string, ReceivedCall[]>();
    for (const call of receiver.calls) {
      const id = String(call.json['id']);
      byJob.set(id, [...(byJob.get(id) ?? []), call]);
    }
    return byJob;
  }

  const heard = (count: number): Promise<unknown> =>
    eventually(() => endings().size === count, `${count} jobs were told of`, 40_000);
  const leftOver = async (): Promise<readonly string[]> => [
    ...(await readdir(gateway.workspace.output)),
    ...(await readdir(gateway.workspace.input)),
  ];
  const sampled = (seed: number, steps = 4) => aPrompt().sampled({ seed, steps }).build();

  it('are all run by the next one, and each tells of its end', async () => {
    await start();
    const ids = Array.from({ length: 20 }, (_, n) => `job-${n}`);
    for (const [n, id] of ids.entries()) {
      const { status } = await gateway.prompt(sampled(n), { id, webhook_v2: receiver.url() });
      expect(status).toBe(202);
    }
    await eventually(() => endings().size >= 3, 'some have ended');
    await kill();
    await startAgain();
    await heard(20);

    expect([...endings().keys()].sort()).toEqual([...ids].sort());
    for (const calls of endings().values()) {
      expect(calls.map(({ json }) => json['type'])).toContain('prompt.complete');
    }
    await eventually(async () => (await leftOver()).length === 0, 'no file is left over');
  });

  it('are run although the engine of the next one dies before it was asked for them', async () => {
    await start({ env: { ALWAYS_RESTART_COMFYUI: 'true', RESTART_DELAY_S: '0.1' } });
    const graph = aPrompt().sampled({ seed: 1, steps: 100 }).build();
    await gateway.prompt(graph, { id: 'job', webhook_v2: receiver.url() });
    await eventually(
      () => gateway.process.logLines.some(({ msg }) => msg === 'progress'),
      'it runs',
    );
    const { output, state } = gateway.workspace;
    await writeFile(join(output, 'job_ComfyUI_00001_.png'), 'untold');
    await kill();
    const dies = `kill-at-request:/object_info,once@${join(state, 'killed')}`;
    await startAgain({ emulator: ['--scenario', dies] });
    await heard(1);
    expect(existsSync(join(state, 'killed'))).toBe(true);
    expect(receiver.calls.map(({ json }) => json['type'])).toEqual(['prompt.complete']);
    await eventually(async () => (await leftOver()).length === 0, 'no file is left over');
  });

  it('have their webhooks delivered by the next one, under the same message id', async () => {
    await start({ env: { WEBHOOK_SECRET: SECRET } });
    receiver.always(503);
    await gateway.prompt(aPrompt().build(), { id: 'owed', webhook_v2: receiver.url() });
    await eventually(() => receiver.calls.length > 0, 'it was tried');
    await kill();
    receiver.always(200);
    const before = receiver.calls.length;
    await startAgain();
    await eventually(() => receiver.calls.length > before, 'it is tried again');

    const ids = new Set(receiver.calls.map(({ headers }) => headers['webhook-id']));
    expect(ids.size).toBe(1);
    const last = receiver.calls.at(-1)?.json;
    expect(last).toMatchObject({ type: 'prompt.complete', id: 'owed' });
    expect((last?.['images'] as string[])[0]).toMatch(/^iVBOR/);
    await eventually(async () => (await leftOver()).length === 0, 'delivered files are removed');
  });

  it('are left to the next one by SIGTERM, and do not count as tried', async () => {
    await start({ env: { SHUTDOWN_GRACE_S: '0.3', PROMPT_INTERRUPT_GRACE_S: '0.3' } });
    for (const id of ['running', 'waiting']) {
      await gateway.prompt(sampled(1, 100), { id, webhook: receiver.url() });
    }
    gateway.process.signal('SIGTERM');
    expect(await gateway.process.exited).toEqual({ code: 0, signal: null });
    expect(receiver.calls).toEqual([]);
    await startAgain({ emulator: [] });
    await heard(2);
    expect(receiver.calls.map(({ json }) => json['event'])).toEqual([
      'output.complete',
      'output.complete',
    ]);
  });

  it('are none when it answered all of them and ended in order', async () => {
    await start();
    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
    gateway.process.signal('SIGTERM');
    await gateway.process.exited;
    await startAgain();
    const told = gateway.process.logLines.map(({ msg }) => msg);
    expect(told).toContain('listening');
    expect(told).not.toContain('going on with the jobs of an earlier life');
  });

  it('stay ids that are taken', async () => {
    await start();
    expect((await gateway.prompt(aPrompt().build(), { id: 'order-1' })).status).toBe(200);
    await kill();
    await startAgain();
    const { status, json } = await gateway.prompt(aPrompt().build(), { id: 'order-1' });
    expect([status, json.code]).toEqual([409, 'job.exists']);
  });

  it('fail when they need a credential, which no file ever held', async () => {
    await start();
    const hold = { id: 'hold', webhook: receiver.url() };
    await gateway.prompt(sampled(1, 400), hold);
    await gateway.prompt(sampled(2, 400), { ...hold, id: 'hold-2' });
    const extra_data = { api_key_comfy_org: 'comfyui-secret-4711' };
    await gateway.prompt(aPrompt().build(), { id: 'paid', webhook: receiver.url(), extra_data });
    await kill();
    const { state } = gateway.workspace;
    for (const name of (await readdir(state)).filter((file) => file.startsWith('state-'))) {
      expect((await readFile(join(state, name))).includes('comfyui-secret-4711')).toBe(false);
    }
    await startAgain({ emulator: [] });
    await heard(3);
    expect(
      endings()
        .get('paid')
        ?.map(({ json }) => json['code']),
    ).toEqual(['prompt.credentials_lost']);
  });
});

describe('jobs of a gateway that was killed beside an engine that lives on', () => {
  it('are followed there: none is posted twice', async () => {
    const workspace = await makeWorkspace();
    const receiver = await WebServer.start();
    const ports = { gateway: await freePort(), engine: await freePort() };
    const options = ['--base-directory', workspace.base, '--cpu', '--port', String(ports.engine)];
    const engine = new LaunchedProcess(
      [process.execPath, EMULATOR_ENTRY, ...options, '--step-ms', '20'],
      process.env,
    );
    const attached = { workspace, ports, env: { ...HERE, CMD: '' } };
    const first = await launch(attached);
    for (const id of ['a', 'b', 'c']) {
      const graph = aPrompt()
        .sampled({ seed: id.charCodeAt(0), steps: 50 })
        .build();
      await first.prompt(graph, { id, webhook: receiver.url() });
    }
    await eventually(async () => (await promptsPosted(first)) === 2, 'two are in the engine');
    first.process.signal('SIGKILL');
    await first.process.exited;

    const next = await launch(attached);
    await eventually(() => receiver.calls.length === 3, 'all have ended', 40_000);
    expect(receiver.calls.map(({ json }) => json['event'])).toEqual([
      'output.complete',
      'output.complete',
      'output.complete',
    ]);
    expect(await promptsPosted(next)).toBe(3);
    expect(await readdir(workspace.output)).toEqual([]);
    await next.process.end();
    await engine.end();
    await receiver.stop();
    await workspace.remove();
  });
});

/** How often the engine was given a prompt. */
async function promptsPosted({ engineUrl }: LaunchedGateway): Promise<number> {
  const answer = await fetch(`${engineUrl}/emulator/stats`);
  const { requests } = (await answer.json()) as { requests: Readonly<Record<string, number>> };
  return requests['POST /prompt'] ?? 0;
}
