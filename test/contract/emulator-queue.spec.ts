import { setTimeout as delay } from 'node:timers/promises';

import type { JsonObject } from '@gateway/comfy-protocol';

import { EngineClient } from './support/engine.client';
import { launchEmulator, type EmulatorChild } from './support/emulator.child';
import { isEndOf, RecordingClient } from './support/recording.client';
import { savePrompt, textPrompt } from './support/prompts';

describe("the emulator's queue", () => {
  let emulator: EmulatorChild;
  let engine: EngineClient;

  beforeEach(async () => {
    emulator = launchEmulator(['--scenario', 'slow-nodes:150']);
    engine = new EngineClient(await emulator.url);
  });

  afterEach(() => emulator.stop());

  it('runs by number, then in order, and shows the heap as it lies', async () => {
    await engine.queue(textPrompt('blocker'), { prompt_id: 'blocker' });
    await delay(30);
    await engine.queue(textPrompt('normal'), { prompt_id: 'normal' });
    await engine.queue(textPrompt('front1'), { prompt_id: 'front1', front: true });
    await engine.queue(textPrompt('front2'), { prompt_id: 'front2', front: true });
    await engine.queue(textPrompt('first'), { prompt_id: 'first', number: -1000 });
    const { json } = await engine.get('/queue');
    expect(idsOf(json['queue_running'])).toEqual(['blocker']);
    expect(idsOf(json['queue_pending'])).toEqual(['first', 'front2', 'front1', 'normal']);
    await engine.disarm();
    await engine.finished('normal');
    const order = Object.keys((await engine.get('/history')).json);
    expect(order).toEqual(['blocker', 'first', 'front2', 'front1', 'normal']);
  });

  it('deletes pending prompts without a trace, and leaves the running one', async () => {
    await engine.queue(textPrompt('running'), { prompt_id: 'running' });
    await delay(30);
    await engine.queue(textPrompt('pending'), { prompt_id: 'pending' });
    const watcher = await RecordingClient.connect(engine.url, 'watcher');
    await delay(20);
    watcher.drain();
    await engine.post('/queue', { delete: ['pending', 'running', 'unknown'] });
    await engine.finished('running');
    await delay(20);
    // The only pending prompt: told twice; then the end of the running one.
    expect(watcher.messages('status')).toHaveLength(3);
    expect(Object.keys((await engine.get('/history')).json)).toEqual(['running']);
    watcher.close();
  });

  it('interrupts at the next node, and only the prompt that was named', async () => {
    const client = await RecordingClient.connect(engine.url, 'me');
    const promptId = await engine.queue(savePrompt(), { client_id: 'me' });
    await client.until(({ type }) => type === 'executing');
    await engine.post('/interrupt', { prompt_id: 'somebody-else' });
    await engine.post('/interrupt', { prompt_id: promptId });
    const { data } = await client.until(({ type }) => type === 'execution_interrupted');
    // The first node was past its check: it ends, and the next one is hit.
    expect(data).toMatchObject({ node_id: '2', node_type: 'SaveImage', executed: ['1'] });
    const { status } = await engine.finished(promptId);
    expect(status).toMatchObject({ status_str: 'error', completed: false });
    client.close();
  });

  it('forgets an interrupt that came while it was idle', async () => {
    await engine.post('/interrupt');
    const { status } = await engine.run(textPrompt('x'));
    expect(status).toMatchObject({ status_str: 'success', completed: true });
  });

  it('drops results on /free only when memory is to be freed', async () => {
    await engine.disarm();
    const cachedNodes = async (): Promise<unknown> => {
      const { status } = await engine.run(savePrompt(5));
      const { messages } = status as { messages: [string, { nodes: unknown }][] };
      return messages[1]?.[1].nodes;
    };
    expect(await cachedNodes()).toEqual([]);
    await engine.post('/free', { unload_models: true });
    expect(await cachedNodes()).toEqual(['1', '2']);
    await engine.post('/free', { free_memory: true });
    expect(await cachedNodes()).toEqual([]);
  });

  it('replaces a socket of the same client id, and orphans it when the old one closes', async () => {
    await engine.disarm();
    const old = await RecordingClient.connect(engine.url, 'same');
    const fresh = await RecordingClient.connect(engine.url, 'same');
    const run = async (client: RecordingClient): Promise<void> => {
      const promptId = await engine.queue(textPrompt(String(Math.random())), { client_id: 'same' });
      await engine.finished(promptId);
      await client.until(isEndOf(promptId), 300);
    };
    old.drain();
    await run(fresh);
    expect(old.all()).toEqual([]);
    old.close();
    await delay(30);
    await expect(run(fresh)).rejects.toThrow('No such message');
    fresh.close();
  });

  it('understands the handshake only as the first JSON of a connection', async () => {
    const client = await RecordingClient.connect(engine.url, 'me');
    client.socket.send('no json');
    client.socket.send('{"type":"hello"}');
    client.socket.send('{"type":"feature_flags","data":{"supports_preview_metadata":true}}');
    await delay(50);
    expect(client.messages('feature_flags')).toEqual([]);
    client.close();
  });

  it('closes a socket that sends more than 4 MiB with 1009', async () => {
    const client = await RecordingClient.connect(engine.url, 'me');
    client.socket.send('x'.repeat(4 * 1024 * 1024 + 1));
    expect(await client.closed()).toBe(1009);
  });

  it('sends log lines to those who asked', async () => {
    const client = await RecordingClient.connect(engine.url, 'me');
    const body = JSON.stringify({ clientId: 'me', enabled: true });
    await engine.send('/internal/logs/subscribe', { method: 'PATCH', body });
    await engine.queue(textPrompt('x'));
    const { data } = await client.until(({ type }) => type === 'logs');
    expect((data as { entries: { m: string }[] }).entries[0]?.m).toBe('got prompt\n');
    client.close();
  });

  it('lets a client that stops reading hold up all others, until it goes', async () => {
    await engine.disarm();
    const stuck = await RecordingClient.connect(engine.url, 'stuck');
    const other = await RecordingClient.connect(engine.url, 'other');
    stuck.socket.pause();
    const megabytes = 'x'.repeat(4 * 1024 * 1024);
    for (let round = 0; round < 6; round += 1) {
      await engine.run(textPrompt(`${megabytes}${round}`), { client_id: 'stuck' });
    }
    const promptId = await engine.queue(textPrompt('small'), { client_id: 'other' });
    await engine.finished(promptId);
    await expect(other.until(isEndOf(promptId), 300)).rejects.toThrow('No such message');
    stuck.close();
    await other.until(isEndOf(promptId));
    other.close();
  }, 20_000);

  it('runs a thousand prompts in order', async () => {
    await engine.disarm();
    const ids = Array.from({ length: 1000 }, (_, index) => `p${index}`);
    for (const id of ids) await engine.queue(textPrompt(id), { prompt_id: id });
    await engine.finished('p999');
    expect(Object.keys((await engine.get('/history')).json)).toEqual(ids);
  }, 30_000);
});

describe("the emulator's result cache", () => {
  it.each([
    [[], [[], [], []]],
    [
      ['--cache-lru', '10'],
      [[], [], ['1', '2']],
    ],
    [['--cache-none'], [[], [], []]],
  ])('with %j keeps, of A, B and A again, %j', async (args, expected) => {
    const emulator = launchEmulator(args);
    const engine = new EngineClient(await emulator.url);
    const seen = [];
    for (const color of [1, 2, 1]) {
      const { status } = await engine.run(savePrompt(color, `c${color}`));
      const { messages } = status as unknown as { messages: [string, JsonObject][] };
      seen.push(messages[1]?.[1]['nodes']);
    }
    await emulator.stop();
    expect(seen).toEqual(expected);
  });
});

function idsOf(items: unknown): unknown[] {
  return (items as [number, string][]).map(([, id]) => id);
}
