import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import {
  aPrompt,
  eventually,
  freePort,
  launch,
  WebServer,
  type LaunchedGateway,
  type ReceivedCall,
} from '@gateway/testing';
import sharp from 'sharp';
import { Webhook } from 'standardwebhooks';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const HERE = { URL_ALLOW_PRIVATE_NETWORKS: 'true' };

describe('webhooks', () => {
  let gateway: LaunchedGateway;
  let receiver: WebServer;

  beforeEach(async () => {
    receiver = await WebServer.start();
  });

  afterEach(async () => {
    await gateway.stop();
    await receiver.stop();
  });

  const leftOver = (): Promise<string[]> => readdir(gateway.workspace.output);
  /** Sizes of what is kept of outputs. */
  const kept = async (): Promise<number[]> => {
    const folder = join(gateway.workspace.state, `assets-${gateway.ports.gateway}`);
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = found.filter((entry) => entry.isFile());
    return Promise.all(
      files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
    );
  };
  const errorsIn = ({ process }: LaunchedGateway) =>
    process.logLines.filter(({ level }) => Number(level) >= 50);

  it('acknowledges at once and calls `webhook` once per output, with the bodies of comfyui-api', async () => {
    gateway = await launch({ env: { ...HERE, WEBHOOK_SECRET: SECRET } });
    const graph = aPrompt().batchOf(3).build();
    const { status, json } = await gateway.prompt(graph, {
      id: 'order-1',
      webhook: receiver.url('/hook?key=1'),
    });

    expect([status, json]).toEqual([
      202,
      { status: 'ok', id: 'order-1', webhook: receiver.url('/hook?key=1'), prompt: graph },
    ]);
    await eventually(() => receiver.calls.length === 3, 'each picture arrives');
    for (const [index, call] of receiver.calls.entries()) {
      expect([call.method, call.path, call.headers['content-type']]).toEqual([
        'POST',
        '/hook?key=1',
        'application/json',
      ]);
      expect(Object.keys(call.json)).toEqual([
        'event',
        'image',
        'id',
        'filename',
        'prompt',
        'stats',
      ]);
      expect(call.json).toMatchObject({
        event: 'output.complete',
        id: 'order-1',
        filename: `order-1_ComfyUI_0000${index + 1}_.png`,
        prompt: { '2': { inputs: { filename_prefix: 'order-1_ComfyUI' } } },
        stats: { total_time: expect.any(Number) },
      });
      expect(Object.keys(call.headers).filter((name) => name.startsWith('webhook-'))).toEqual([]);
      const picture = Buffer.from(String(call.json['image']), 'base64');
      expect(await sharp(picture).metadata()).toMatchObject({ format: 'png', width: 64 });
    }
    await eventually(async () => (await leftOver()).length === 0, 'delivered files are removed');
  });

  it('calls `webhook` with prompt.failed when a node raises', async () => {
    gateway = await launch({ env: HERE });
    await gateway.arm('out-of-memory');

    await gateway.prompt(aPrompt().build(), { id: 'order-2', webhook: receiver.url() });

    await eventually(() => receiver.calls.length === 1, 'the failure arrives');
    expect(receiver.calls[0]?.json).toMatchObject({
      event: 'prompt.failed',
      id: 'order-2',
      error: expect.stringContaining('OutOfMemoryError'),
      code: 'prompt.execution_failed',
      prompt: aPrompt().build(),
    });
  });

  it('sends one signed prompt.complete to `webhook_v2`, which others can verify', async () => {
    gateway = await launch({ env: { ...HERE, WEBHOOK_SECRET: SECRET } });

    const { json } = await gateway.prompt(aPrompt().batchOf(2).build(), {
      id: 'order-3',
      webhook_v2: receiver.url(),
    });

    expect(json).toMatchObject({ status: 'ok', id: 'order-3', webhook_v2: receiver.url() });
    const call = await eventually(() => receiver.calls[0], 'the result arrives');
    expect(verified(call)).toMatchObject({
      type: 'prompt.complete',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      id: 'order-3',
      images: [expect.any(String), expect.any(String)],
      filenames: ['order-3_ComfyUI_00001_.png', 'order-3_ComfyUI_00002_.png'],
      outputs: [{ node_id: '2', type: 'image' }, { node_id: '2' }],
      stats: { total_time: expect.any(Number) },
    });
    await eventually(async () => (await leftOver()).length === 0, 'delivered files are removed');
    expect(receiver.calls).toHaveLength(1);
  });

  it('sends to both when both are named, unsigned without a secret', async () => {
    gateway = await launch({ env: HERE });

    await gateway.prompt(aPrompt().build(), {
      webhook: receiver.url('/one'),
      webhook_v2: receiver.url('/two'),
    });

    await eventually(() => receiver.calls.length === 2, 'both arrive');
    const two = receiver.calls.find(({ path }) => path === '/two');
    expect(two?.json['type']).toBe('prompt.complete');
    expect(two?.headers).toHaveProperty('webhook-id');
    expect(two?.headers).not.toHaveProperty('webhook-signature');
    expect(receiver.eventsOf('output.complete')).toHaveLength(1);
  });

  it('tries again what failed twice, under one id, and delivers it', async () => {
    gateway = await launch({ env: { ...HERE, WEBHOOK_SECRET: SECRET } });
    receiver.plan(500, (response) => response.destroy());

    await gateway.prompt(aPrompt().build(), { webhook_v2: receiver.url() });

    await eventually(() => receiver.calls.length === 3, 'the third attempt');
    expect(new Set(receiver.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    for (const call of receiver.calls) verified(call);
    await eventually(async () => (await leftOver()).length === 0, 'delivered files are removed');
    expect(errorsIn(gateway)).toEqual([]);
  });

  it.each([
    ['answers 404', 1, (server: WebServer) => server.always(404)],
    ['answers 302', 1, (server: WebServer) => server.always(302)],
    ['answers 503 for ever', 2, (server: WebServer) => server.always(503)],
    ['hangs', 2, (server: WebServer) => server.always(() => undefined)],
  ])(
    'gives a receiver up that %s after %i attempts, and keeps the file',
    async (_what, attempts, arrange) => {
      arrange(receiver);
      gateway = await launch({
        env: { ...HERE, PROMPT_WEBHOOK_RETRIES: '1', WEBHOOK_TIMEOUT_S: '0.3' },
      });

      await gateway.prompt(aPrompt().build(), { id: 'kept', webhook: receiver.url('/x?secret=1') });

      const [line] = await eventually(() => {
        const lines = errorsIn(gateway);
        return lines.length > 0 && lines;
      }, 'the loss is logged');
      expect(receiver.calls).toHaveLength(attempts);
      expect(line).toMatchObject({
        jobId: 'kept',
        givenUp: [{ target: receiver.origin, attempts }],
      });
      expect(JSON.stringify(line)).not.toContain('secret=1');
      expect(await leftOver()).toEqual([]);
      expect(await kept()).toEqual([expect.any(Number)]);
      expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
    },
  );

  it('is not hurt by a receiver that is down', async () => {
    gateway = await launch({ env: { ...HERE, PROMPT_WEBHOOK_RETRIES: '0' } });
    const nobody = `http://127.0.0.1:${await freePort()}/`;

    await gateway.prompt(aPrompt().build(), { webhook: nobody });

    await eventually(() => errorsIn(gateway).length === 1, 'the loss is logged');
    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
  });

  it.each([
    ['webhook', 'http://127.0.0.1:1/hook'],
    ['webhook', 'http://0x7f000001:1/'],
    ['webhook_v2', 'http://[::1]:1/'],
    ['webhook_v2', 'http://[::ffff:127.0.0.1]:1/'],
  ])('refuses %s %s at once: clients do not reach our own network', async (field, url) => {
    gateway = await launch();

    const { status, json } = await gateway.prompt(aPrompt().build(), { [field]: url });

    expect([status, json.code, json.location]).toEqual([400, 'webhook.forbidden', field]);
  });

  it('refuses what is no address', async () => {
    gateway = await launch();

    const { status, json } = await gateway.prompt(aPrompt().build(), { webhook: 'ftp://a/b' });

    expect([status, json.code, json.location]).toEqual([400, 'request.invalid', 'webhook']);
  });

  it('loses none of 500 when the receiver fails three times in ten', async () => {
    gateway = await launch({ env: { ...HERE, PROMPT_WEBHOOK_RETRIES: '10' } });
    let counted = 0;
    const arrived = new Set<unknown>();
    receiver.always((response, { json }) => {
      counted += 1;
      const fails = counted % 10 < 3;
      if (!fails) arrived.add(json['id']);
      response.statusCode = fails ? 503 : 200;
      response.end();
    });
    const graph = aPrompt().sized(8, 8).build();
    for (let batch = 0; batch < 10; batch += 1) {
      await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          gateway.prompt(graph, { id: `job-${batch * 50 + n}`, webhook: receiver.url() }),
        ),
      );
    }

    await eventually(() => arrived.size === 500, 'all arrive', 100_000);
    await eventually(async () => (await leftOver()).length === 0, 'delivered files are removed');
    expect(errorsIn(gateway)).toEqual([]);
  }, 160_000);

  it('tells also of a job that the end of the gateway cut off, where it is forgotten with it', async () => {
    gateway = await launch({
      emulator: ['--step-ms', '50'],
      env: {
        ...HERE,
        STATE_DIR: 'memory',
        SHUTDOWN_GRACE_S: '0.3',
        PROMPT_INTERRUPT_GRACE_S: '0.3',
      },
    });
    const graph = aPrompt().sampled({ steps: 400 }).build();
    await gateway.prompt(graph, { id: 'cut', webhook: receiver.url() });

    gateway.process.signal('SIGTERM');

    expect(await gateway.process.exited).toEqual({ code: 0, signal: null });
    expect(receiver.calls.map(({ json }) => [json['event'], json['id'], json['code']])).toEqual([
      ['prompt.failed', 'cut', 'prompt.shutting_down'],
    ]);
  });

  it('delivers what is accepted before it ends', async () => {
    gateway = await launch({ emulator: ['--step-ms', '50'], env: HERE });
    receiver.plan(503);
    await gateway.prompt(aPrompt().sampled({ steps: 10 }).build(), { webhook: receiver.url() });

    gateway.process.signal('SIGTERM');

    expect(await gateway.process.exited).toEqual({ code: 0, signal: null });
    expect(receiver.calls.map(({ json }) => json['event'])).toEqual([
      'output.complete',
      'output.complete',
    ]);
  });
});

function verified({ body, headers }: ReceivedCall): unknown {
  return new Webhook(SECRET).verify(body.toString('utf8'), headers as Record<string, string>);
}
