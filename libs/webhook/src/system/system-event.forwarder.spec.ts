import { randomBytes } from 'node:crypto';

import { SYSTEM_EVENTS } from '@gateway/comfy-protocol';
import type { EngineMessageReceived } from '@gateway/events';
import { eventually, freePort, settle } from '@gateway/testing';
import { Webhook } from 'standardwebhooks';

import { loopbackFetcher } from '../testing/loopback.fetcher';
import { startReceiver, type Receiver, type ReceivedCall, type Reply } from '../testing/receiver';
import { webhookBench, type WebhookBench } from '../testing/webhook-bench';
import type { WebhookOptions } from '../webhook.module-definition';

interface Told {
  readonly event: string;
  readonly data: { readonly type: string; readonly data: Readonly<Record<string, unknown>> };
}

const toldIn = (call: ReceivedCall): Told => JSON.parse(call.body) as Told;

/** A message of the engine about a prompt of ours. */
function about(jobId: string, type: string, facts: object = {}): EngineMessageReceived {
  return { engineId: 'engine-1', jobId, type, data: { prompt_id: `prompt-of-${jobId}`, ...facts } };
}

function statusOf(queue_remaining: number): EngineMessageReceived {
  return {
    engineId: 'engine-1',
    type: 'status',
    data: { status: { exec_info: { queue_remaining } } },
  };
}

describe('system events', () => {
  const closing: (() => Promise<void>)[] = [];

  async function receiver(
    reply?: (call: ReceivedCall, number: number) => Reply | Promise<Reply>,
  ): Promise<Receiver> {
    const started = await startReceiver(reply);
    closing.push(() => started.close());
    return started;
  }

  async function bench(
    url: string,
    events: readonly string[] = SYSTEM_EVENTS,
    options: Partial<WebhookOptions> = {},
  ): Promise<WebhookBench> {
    const metadata = { batch: 'abc' };
    const systemEvents = { url, events, metadata, sid: 'our-sid', queueDepth: () => 40 };
    const made = await webhookBench({ systemEvents, ...options });
    closing.push(() => made.close());
    return made;
  }

  function publish(at: WebhookBench, ...messages: readonly EngineMessageReceived[]): void {
    for (const message of messages) at.bus.publish('engine-message-received', message);
  }

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it('are sent as ComfyUI sent them, with the public id, our sid and the metadata', async () => {
    const to = await receiver();
    const at = await bench(to.url);
    publish(at, about('job-1', 'executing', { node: '42', display_node: '42' }));
    await at.finish();
    expect(to.calls.map(({ body }) => body)).toEqual([
      '{"event":"comfy.executing","data":{"type":"executing",' +
        '"data":{"prompt_id":"job-1","node":"42","display_node":"42"},"sid":"our-sid"},' +
        '"metadata":{"batch":"abc"}}',
    ]);
  });

  it('reach the operator in a private network, where no client may send them', async () => {
    const [to, guarded] = [await receiver(), loopbackFetcher({ allowPrivateNetworks: false })];
    const at = await bench(to.url, SYSTEM_EVENTS, { fetcher: guarded });
    publish(at, about('job-1', 'execution_start'));
    await at.finish();
    expect(to.calls).toHaveLength(1);
    await guarded.close();
  });

  it('tell a queue that counts what waits in ours', async () => {
    const to = await receiver();
    const at = await bench(to.url);
    publish(at, statusOf(2));
    await at.finish();
    const data = { type: 'status', data: { status: { exec_info: { queue_remaining: 42 } } } };
    expect(to.calls.map(toldIn)).toMatchObject([{ event: 'comfy.status', data }]);
  });

  it('carry integers beyond 2^53 exactly', async () => {
    const to = await receiver();
    const at = await bench(to.url);
    publish(at, about('job-1', 'executed', { output: { seed: [18446744073709551615n] } }));
    await at.finish();
    expect(to.calls[0]?.body).toContain('"seed":[18446744073709551615]');
  });

  it('are signed when there is a secret, and only then', async () => {
    const to = await receiver();
    const secret = `whsec_${randomBytes(24).toString('base64')}`;
    const at = await bench(to.url, SYSTEM_EVENTS, { secret });
    publish(at, about('job-1', 'execution_start'));
    await at.finish();
    const [call] = to.calls;
    new Webhook(secret).verify(call!.body, call!.headers as Record<string, string>);
    const unsigned = await bench(to.url);
    publish(unsigned, about('job-1', 'execution_start'));
    await unsigned.finish();
    expect(to.calls[1]?.headers).not.toHaveProperty('webhook-signature');
  });

  it('are those that were chosen, of those that exist, and of our own prompts', async () => {
    const to = await receiver();
    const at = await bench(to.url, ['executing', 'execution_start', 'crystools.monitor']);
    const stranger = { engineId: 'engine-1', type: 'executing', data: { prompt_id: 'p-2' } };
    const unread = {
      ...about('job-1', 'executed'),
      data: new Proxy({}, { get: refuse, ownKeys: refuse }),
    };
    publish(at, stranger, unread, about('job-1', 'crystools.monitor'), about('job-1', 'executing'));
    await at.finish();
    expect(to.calls.map(({ body }) => JSON.parse(body) as object)).toMatchObject([
      { event: 'comfy.executing', data: { data: { prompt_id: 'job-1' } } },
    ]);
    expect(at.log.lines).toEqual([]);
  });

  it.each([
    ['no URL', undefined],
    ['no event', { events: [] as string[] }],
    ['no event that exists', { events: ['everything'] }],
  ])('cost nothing when there is %s', async (_, chosen) => {
    const systemEvents = {
      url: 'http://127.0.0.1:1/',
      metadata: {},
      sid: 's',
      queueDepth: () => 0,
    };
    const at = await webhookBench(chosen ? { systemEvents: { ...systemEvents, ...chosen } } : {});
    expect(at.bus.listenerCount('engine-message-received')).toBe(0);
    at.forwarder.stop();
    await at.forwarder.drain(new AbortController().signal);
    await at.close();
  });

  it('end with stop; what was heard is still sent', async () => {
    const to = await receiver();
    const at = await bench(to.url);
    publish(at, about('job-1', 'execution_start'));
    at.forwarder.stop();
    expect(at.bus.listenerCount('engine-message-received')).toBe(0);
    publish(at, about('job-1', 'executing'));
    await at.finish();
    expect(to.calls).toHaveLength(1);
  });

  it('of one job arrive in order, one by one, whatever each of them takes', async () => {
    const open = new Set<unknown>();
    const overlaps: unknown[] = [];
    const to = await receiver(async (call, number) => {
      const job = toldIn(call).data.data['prompt_id'];
      if (open.has(job)) overlaps.push(job);
      open.add(job);
      await new Promise((resolve) => setTimeout(resolve, (number * 7) % 5));
      open.delete(job);
      return number % 3 === 0 ? 503 : 200;
    });
    const at = await bench(to.url, SYSTEM_EVENTS, { retries: 20 });
    const nodes = Array.from({ length: 20 }, (_, index) => String(index));
    for (const node of nodes) {
      publish(at, about('job-1', 'executing', { node }), about('job-2', 'executing', { node }));
    }
    await at.finish();
    for (const job of ['job-1', 'job-2']) {
      const seen = to.calls
        .map((call) => toldIn(call).data.data)
        .filter((d) => d['prompt_id'] === job);
      expect([...new Set(seen.map(({ node }) => node))]).toEqual(nodes);
    }
    expect(overlaps).toEqual([]);
    expect(at.log.lines).toEqual([]);
  });

  it('of a job that hangs hold up no other job', async () => {
    const to = await receiver((call) => (call.body.includes('job-1') ? 'hang' : 200));
    const at = await bench(to.url);
    publish(at, about('job-1', 'executing'), about('job-2', 'executing'));
    await eventually(() => to.calls.some(({ body }) => body.includes('job-2')), 'job-2 is told');
    await at.forwarder.drain(AbortSignal.abort());
  });

  it('take eight places at most', async () => {
    const to = await receiver(() => 'hang');
    const at = await bench(to.url);
    for (let index = 0; index < 12; index += 1) publish(at, about(`job-${index}`, 'executing'));
    await eventually(() => to.calls.length === 8, 'eight are being sent');
    await settle();
    expect(to.calls).toHaveLength(8);
    expect(at.forwarder.pending).toBe(12);
    await at.forwarder.drain(AbortSignal.abort());
  });

  it('of progress collapse while the receiver is slow; the others are all sent', async () => {
    let go = (): void => undefined;
    const opened = new Promise<void>((resolve) => (go = resolve));
    const to = await receiver(async () => opened.then(() => 200));
    const at = await bench(to.url);
    publish(at, about('job-1', 'execution_start'));
    for (let value = 1; value <= 1000; value += 1) {
      publish(
        at,
        about('job-1', 'progress_state', { value }),
        about('job-1', 'progress', { value }),
      );
      publish(at, statusOf(value));
    }
    publish(at, about('job-1', 'executed'), about('job-1', 'progress', { value: 7 }));
    publish(at, about('job-1', 'execution_success'));
    go();
    await at.finish();
    const told = to.calls.map((call) => toldIn(call).data);
    const ofJob = told.filter(({ type }) => type !== 'status');
    expect(ofJob.map(({ type, data }) => [type, data['value']])).toEqual([
      ['execution_start', undefined],
      ['progress_state', 1000],
      ['progress', 1000],
      ['executed', undefined],
      ['progress', 7],
      ['execution_success', undefined],
    ]);
    const statuses = told.filter(({ type }) => type === 'status');
    expect(statuses.map(({ data }) => data['status'])).toEqual([
      { exec_info: { queue_remaining: 41 } },
      { exec_info: { queue_remaining: 1040 } },
    ]);
  });

  it('given up for a dead receiver do not flood the log', async () => {
    const at = await bench(`http://127.0.0.1:${await freePort()}/?key=secret`, SYSTEM_EVENTS, {
      retries: 1,
    });
    for (let index = 0; index < 250; index += 1) publish(at, about(`job-${index}`, 'executing'));
    await at.finish();
    expect(at.log.lines).toMatchObject(
      [1, 100, 200].map((givenUp) => ({ level: 'warn', facts: { givenUp, attempts: 2 } })),
    );
    expect(JSON.stringify(at.log.lines)).not.toContain('secret');
    expect(at.forwarder.pending).toBe(0);
  });

  it('go on after one that was given up', async () => {
    const to = await receiver((_, number) => (number === 1 ? 404 : 200));
    const at = await bench(to.url);
    publish(at, about('job-1', 'execution_start'), about('job-1', 'execution_success'));
    await at.finish();
    expect(to.calls.map((call) => toldIn(call).event)).toEqual([
      'comfy.execution_start',
      'comfy.execution_success',
    ]);
  });

  it('are given up at the deadline, under way or not, and leave nothing behind', async () => {
    const to = await receiver((_, number) => (number === 1 ? 'hang' : 503));
    const at = await bench(to.url);
    for (const job of ['job-1', 'job-2']) {
      publish(at, about(job, 'execution_start'), about(job, 'executing'), about(job, 'executed'));
    }
    await eventually(() => at.clock.pending === 1, 'one hangs and one waits for a retry');
    const deadline = new AbortController();
    const draining = at.forwarder.drain(deadline.signal);
    deadline.abort();
    await draining;
    expect(at.forwarder.pending).toBe(0);
    expect(at.clock.pending).toBe(0);
    expect(to.calls).toHaveLength(2);
    expect(at.log.lines).toMatchObject([{ level: 'warn', facts: { givenUp: 3 } }]);
    publish(at, about('job-3', 'executing'));
    await at.forwarder.drain(new AbortController().signal);
    expect(to.calls).toHaveLength(2);
    await eventually(() => to.open() === 0, 'no request is left open');
  });
});

function refuse(): never {
  throw new Error('read although nobody asked for it');
}
