import { readdir } from 'node:fs/promises';

import { aPrompt, eventually, launch, type LaunchedGateway } from '@gateway/testing';

/** A prompt that takes `steps` × 50 ms. */
const slow = (steps: number) => aPrompt().sampled({ steps });
const STEPS_OF_50_MS = ['--step-ms', '50'];

describe('the queue', () => {
  let gateway: LaunchedGateway;

  afterEach(() => gateway.stop());

  it('runs ten prompts that come together in the order they came', async () => {
    gateway = await launch({ emulator: ['--step-ms', '20'] });
    const ids = Array.from({ length: 10 }, (_, index) => `in-order-${index}`);

    const answers = await Promise.all(
      ids.map(async (id, index) => {
        await delay(index * 5);
        return gateway.prompt(aPrompt().sampled({ seed: index, steps: 3 }).build(), { id });
      }),
    );

    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
    const starts = answers.map(({ json }) => startOf(json.stats));
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });

  it('cancels the job of a client that left, in the engine too', async () => {
    gateway = await launch({ emulator: STEPS_OF_50_MS });
    const leaver = new AbortController();
    const left = gateway
      .post('/prompt', { prompt: slow(200).build(), id: 'left' }, { signal: leaver.signal })
      .catch((error: unknown) => error);
    await eventually(() => transitions(gateway, 'left').includes('running'), 'the job runs');

    leaver.abort();
    await left;

    await eventually(() => transitions(gateway, 'left').includes('canceled'), 'it is canceled');
    expect(transitions(gateway, 'left')).toEqual(['queued', 'running', 'canceling', 'canceled']);
    const next = await gateway.prompt(aPrompt().build());
    expect(next.status).toBe(200);
  });

  it('leaves no file of a canceled job, not even what was saved before the cancel', async () => {
    gateway = await launch({ emulator: STEPS_OF_50_MS });
    const graph = slow(200)
      .withNode('20', 'EmptyImage', { width: 8, height: 8, batch_size: 1, color: 1 })
      .withNode('21', 'SaveImage', { images: ['20', 0], filename_prefix: 'early' });
    const leaver = new AbortController();
    const left = gateway
      .post('/prompt', { prompt: graph.build(), id: 'untidy' }, { signal: leaver.signal })
      .catch((error: unknown) => error);
    const saved = () => readdir(gateway.workspace.output);
    await eventually(async () => (await saved()).length === 1, 'the first file is saved');

    leaver.abort();
    await left;

    await eventually(() => transitions(gateway, 'untidy').includes('canceled'), 'it is canceled');
    expect(await saved()).toEqual([]);
  });

  it('takes a waiting job out of the queue when its client leaves', async () => {
    gateway = await launch({ emulator: STEPS_OF_50_MS, env: { COMFY_MAX_IN_FLIGHT: '1' } });
    const running = gateway.prompt(slow(20).build(), { id: 'first' });
    await eventually(() => transitions(gateway, 'first').includes('running'), 'the first runs');
    const leaver = new AbortController();
    const left = gateway
      .post('/prompt', { prompt: slow(20).build(), id: 'second' }, { signal: leaver.signal })
      .catch((error: unknown) => error);
    await eventually(() => transitions(gateway, 'second').includes('queued'), 'the second waits');

    leaver.abort();
    await left;

    await eventually(() => transitions(gateway, 'second').includes('canceled'), 'it is canceled');
    expect(transitions(gateway, 'second')).toEqual(['queued', 'canceled']);
    expect((await running).status).toBe(200);
  });

  it('runs on without its client when it was told to', async () => {
    gateway = await launch({ emulator: STEPS_OF_50_MS });
    const leaver = new AbortController();
    const left = gateway
      .post(
        '/prompt',
        { prompt: slow(6).build(), id: 'runs-on', cancel_on_disconnect: false },
        { signal: leaver.signal },
      )
      .catch((error: unknown) => error);
    await eventually(() => transitions(gateway, 'runs-on').includes('running'), 'the job runs');

    leaver.abort();
    await left;

    await eventually(() => transitions(gateway, 'runs-on').includes('succeeded'), 'it ends well');
    const outputs = async () => (await gateway.get('/api/v2/jobs/runs-on')).json.outputs;
    await eventually(async () => (await outputs()).length === 1, 'its output is kept');
    expect(await outputs()).toMatchObject([{ name: 'runs-on_ComfyUI_00001_.png' }]);
  });

  it('answers 429 with Retry-After when as many wait as may', async () => {
    gateway = await launch({
      emulator: STEPS_OF_50_MS,
      env: { COMFY_MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '2' },
    });
    const running = gateway.prompt(slow(8).build(), { id: 'running' });
    await eventually(() => transitions(gateway, 'running').includes('running'), 'one runs');
    const waiting = ['w1', 'w2'].map((id) => gateway.prompt(slow(1).build(), { id }));
    await eventually(() => transitions(gateway, 'w2').includes('queued'), 'two wait');

    const refused = await gateway.prompt(slow(1).build());

    expect(refused.status).toBe(429);
    expect(refused.json.code).toBe('queue.full');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const statuses = (await Promise.all([running, ...waiting])).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200]);
  });

  it('answers 429 when what waits is too large in all', async () => {
    gateway = await launch({
      emulator: STEPS_OF_50_MS,
      env: { COMFY_MAX_IN_FLIGHT: '1', QUEUE_LIMIT_MB: '0.1' },
    });
    const large = { extra_data: { extra_pnginfo: { filler: 'x'.repeat(80_000) } } };
    const running = gateway.prompt(slow(8).build(), { id: 'running' });
    await eventually(() => transitions(gateway, 'running').includes('running'), 'one runs');
    const waiting = gateway.prompt(slow(1).build(), { id: 'waiting', ...large });
    await eventually(() => transitions(gateway, 'waiting').includes('queued'), 'one waits');

    const refused = await gateway.prompt(slow(1).build(), large);

    expect(refused.status).toBe(429);
    expect((await Promise.all([running, waiting])).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('turns /ready to 503 at MAX_QUEUE_DEPTH, and back', async () => {
    gateway = await launch({ emulator: STEPS_OF_50_MS, env: { MAX_QUEUE_DEPTH: '2' } });
    const prompts = ['a', 'b', 'c'].map((id) => gateway.prompt(slow(6).build(), { id }));

    await eventually(async () => (await gateway.get('/ready')).status === 503, 'not ready');
    expect((await gateway.get('/health')).status).toBe(200);
    expect((await gateway.get('/health/live')).status).toBe(200);

    await Promise.all(prompts);
    await eventually(async () => (await gateway.get('/ready')).status === 200, 'ready again');
  });
});

function transitions(gateway: LaunchedGateway, jobId: string): unknown[] {
  return gateway.process.logLines
    .filter((line) => line['jobId'] === jobId && line['msg'] === 'job')
    .map((line) => line['to']);
}

function startOf(stats: Readonly<Record<string, unknown>>): number {
  return (stats['comfy_execution'] as { readonly start: number }).start;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
