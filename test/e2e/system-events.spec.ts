import { aPrompt, eventually, launch, WebServer, type LaunchedGateway } from '@gateway/testing';

describe('system events', () => {
  let gateway: LaunchedGateway;
  let receiver: WebServer;

  beforeEach(async () => {
    receiver = await WebServer.start();
  });

  afterEach(async () => {
    await gateway.stop();
    await receiver.stop();
  });

  function watched(events: string, more: Readonly<Record<string, string>> = {}) {
    // The operator's own address needs no leave to be on this machine.
    return { SYSTEM_WEBHOOK_URL: receiver.url('/events'), SYSTEM_WEBHOOK_EVENTS: events, ...more };
  }

  const namesOf = (id: string): readonly unknown[] =>
    receiver.calls.filter(({ json }) => promptIdOf(json) === id).map(({ json }) => json['event']);

  it('are sent as ComfyUI sent them, with our ids, our sid and the metadata', async () => {
    gateway = await launch({
      env: watched('all', { SYSTEM_META_batch: 'abc', SALAD_MACHINE_ID: 'machine-7' }),
    });

    await gateway.prompt(aPrompt().sampled({ steps: 3 }).build(), { id: 'order-1' });

    await eventually(() => namesOf('order-1').includes('comfy.execution_success'), 'the end');
    const names = namesOf('order-1');
    expect(names[0]).toBe('comfy.execution_start');
    expect(names[1]).toBe('comfy.execution_cached');
    for (const name of ['executing', 'executed', 'progress_state']) {
      expect(names).toContain(`comfy.${name}`);
    }
    const started = receiver.eventsOf('comfy.execution_start')[0]?.json;
    expect(started).toEqual({
      event: 'comfy.execution_start',
      data: {
        type: 'execution_start',
        data: { prompt_id: 'order-1', timestamp: expect.any(Number) },
        sid: expect.any(String),
      },
      metadata: { batch: 'abc', salad_machine_id: 'machine-7' },
    });
    const sids = new Set(receiver.calls.map(({ json }) => dataOf(json)['sid']));
    expect(sids.size).toBe(1);
    expect(receiver.eventsOf('comfy.status')[0]?.json).toMatchObject({
      data: { data: { status: { exec_info: { queue_remaining: expect.any(Number) } } } },
    });
  });

  it('are only those that were chosen', async () => {
    gateway = await launch({ env: watched('execution_success,execution_error') });
    await gateway.prompt(aPrompt().build(), { id: 'good' });
    await gateway.arm('out-of-memory');
    await gateway.prompt(aPrompt().sized(32, 32).build(), { id: 'bad' });

    await eventually(() => receiver.calls.length === 2, 'two events');
    expect(namesOf('good')).toEqual(['comfy.execution_success']);
    expect(namesOf('bad')).toEqual(['comfy.execution_error']);
    expect(receiver.calls[1]?.json).toMatchObject({
      data: {
        data: {
          node_id: expect.any(String),
          node_type: expect.any(String),
          exception_type: 'torch.OutOfMemoryError',
          traceback: expect.any(Array),
        },
      },
    });
  });

  it('are not sent where none was chosen', async () => {
    gateway = await launch({ env: { SYSTEM_WEBHOOK_URL: receiver.url() } });
    await gateway.prompt(aPrompt().build());
    await gateway.stop();
    expect(receiver.calls).toEqual([]);
  });

  it('keep their order for a slow receiver, with progress collapsed and nothing else lost', async () => {
    receiver.always((response) => void setTimeout(() => response.end(), 30));
    gateway = await launch({ emulator: ['--step-ms', '5'], env: watched('all') });

    await gateway.prompt(aPrompt().sampled({ steps: 60 }).build(), { id: 'long' });

    await eventually(() => namesOf('long').includes('comfy.execution_success'), 'the end');
    const names = namesOf('long');
    const ofLife = names.filter((name) => !String(name).startsWith('comfy.progress'));
    expect(ofLife[0]).toBe('comfy.execution_start');
    expect(ofLife.filter((name) => name === 'comfy.executing').length).toBeGreaterThanOrEqual(6);
    const steps = receiver.eventsOf('comfy.progress').map(({ json }) => innerOf(json)['value']);
    expect(steps.length).toBeLessThan(60);
    expect(steps.at(-1)).toBe(60);
    expect(steps).toEqual([...steps].sort((a, b) => Number(a) - Number(b)));
  });

  it("leave out prompts that are not the gateway's", async () => {
    gateway = await launch({ env: watched('all') });
    await fetch(`${gateway.engineUrl}/prompt`, {
      method: 'POST',
      body: JSON.stringify({ prompt: aPrompt().sampled().build() }),
    });

    await gateway.prompt(aPrompt().build(), { id: 'ours' });

    await eventually(() => namesOf('ours').includes('comfy.execution_success'), 'the end');
    const ids = new Set(receiver.calls.map(({ json }) => promptIdOf(json)));
    expect([...ids].filter((id) => id !== undefined)).toEqual(['ours']);
  });
});

type Json = Readonly<Record<string, unknown>>;

function dataOf(json: Json): Json {
  return json['data'] as Json;
}

function innerOf(json: Json): Json {
  return dataOf(json)['data'] as Json;
}

function promptIdOf(json: Json): unknown {
  return innerOf(json)['prompt_id'];
}
