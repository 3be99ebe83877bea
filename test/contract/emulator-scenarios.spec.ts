import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { parseEngineMessage } from '@gateway/comfy-protocol';

import { EngineClient } from './support/engine.client';
import { launchEmulator, type EmulatorChild } from './support/emulator.child';
import { RecordingClient } from './support/recording.client';
import { savePrompt, textPrompt } from './support/prompts';

describe("the emulator's scenarios", () => {
  const children: EmulatorChild[] = [];

  const launch = (...args: Parameters<typeof launchEmulator>): EmulatorChild => {
    const child = launchEmulator(...args);
    children.push(child);
    return child;
  };
  const connect = async (scenario: string): Promise<[EmulatorChild, EngineClient]> => {
    const child = launch(['--scenario', scenario]);
    return [child, new EngineClient(await child.url)];
  };

  afterEach(async () => {
    for (const child of children.splice(0)) await child.stop();
  });

  it('never-ready keeps living with a closed port', async () => {
    const child = launch(['--scenario', 'never-ready']);
    await delay(700);
    expect(child.process.exitCode).toBeNull();
    expect(child.stderr()).not.toContain('To see the GUI');
  });

  it('slow-start opens the port late', async () => {
    const startedAt = Date.now();
    await connect('slow-start:600');
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(600);
  });

  it('exit-at-start ends while it loads', async () => {
    const child = launch(['--scenario', 'exit-at-start:42']);
    expect(await child.exited).toEqual({ code: 42, signal: null });
    expect(child.stderr()).toContain('ModuleNotFoundError');
  });

  it('exit-mid-prompt ends after the first node', async () => {
    const [child, engine] = await connect('exit-mid-prompt:7');
    const client = await RecordingClient.connect(engine.url, 'me');
    await engine.queue(savePrompt(), { client_id: 'me' });
    expect(await child.exited).toEqual({ code: 7, signal: null });
    expect(await client.closed()).toBe(1006);
    expect(client.messages('executing')).toHaveLength(1);
  });

  it('kill-mid-prompt fires once across restarts when it is given a marker', async () => {
    const home = launch();
    await home.url;
    const marker = join(home.baseDirectory, 'killed');
    const restart = (): EmulatorChild =>
      launch(['--scenario', `kill-mid-prompt:once@${marker}`], {
        baseDirectory: home.baseDirectory,
      });
    const first = restart();
    await new EngineClient(await first.url).queue(savePrompt());
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(existsSync(marker)).toBe(true);
    const second = new EngineClient(await restart().url);
    expect((await second.run(savePrompt()))['status']).toMatchObject({ completed: true });
  });

  it('kill-at-request leaves the request without an answer, and others alone', async () => {
    const [child, engine] = await connect('kill-at-request:/object_info');
    expect((await engine.get('/prompt')).status).toBe(200);
    await expect(engine.get('/object_info')).rejects.toThrow();
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('fires only for prompts that hold a given text', async () => {
    const [child, engine] = await connect('exit-mid-prompt:3,if@fatal');
    await engine.run(textPrompt('harmless'));
    await engine.queue(textPrompt('fatal'));
    expect(await child.exited).toEqual({ code: 3, signal: null });
  });

  it('drop-websocket breaks sockets, refuses them for a while, and finishes the prompt', async () => {
    const [, engine] = await connect('drop-websocket:400');
    const client = await RecordingClient.connect(engine.url, 'me');
    const promptId = await engine.queue(savePrompt(), { client_id: 'me' });
    expect(await client.closed()).toBe(1006);
    await expect(RecordingClient.connect(engine.url, 'again')).rejects.toThrow();
    expect((await engine.finished(promptId))['status']).toMatchObject({ completed: true });
    await delay(450);
    const back = await RecordingClient.connect(engine.url, 'again');
    await engine.run(savePrompt(2), { client_id: 'again' });
    expect(back.messages('execution_success')).toHaveLength(1);
    back.close();
  });

  it('hang-in-node ignores an interrupt', async () => {
    const [, engine] = await connect('hang-in-node');
    const promptId = await engine.queue(textPrompt('x'));
    await delay(50);
    await engine.post('/interrupt', { prompt_id: promptId });
    await delay(200);
    expect((await engine.get('/prompt')).json).toEqual({ exec_info: { queue_remaining: 1 } });
  });

  it.each([
    ['zombie-worker', true],
    ['zombie-worker-silent', false],
  ])('%s accepts prompts and runs nothing', async (scenario, isAnnounced) => {
    const [child, engine] = await connect(scenario);
    await engine.queue(textPrompt('x'));
    const second = await engine.queue(textPrompt('y'));
    await expect(engine.finished(second, 200)).rejects.toThrow('not in history');
    expect(child.stderr().includes('Exception in thread Thread-1')).toBe(isAnnounced);
  });

  it('out-of-memory fails one prompt and lets the next one through', async () => {
    const [, engine] = await connect('out-of-memory');
    const { status } = await engine.run(savePrompt());
    const { messages } = status as { messages: [string, Record<string, unknown>][] };
    expect(messages.at(-1)?.[1]).toMatchObject({
      exception_type: 'torch.OutOfMemoryError',
      exception_message: expect.stringContaining(
        'This error means you ran out of memory',
      ) as string,
    });
    expect((await engine.run(savePrompt()))['status']).toMatchObject({ completed: true });
  });

  it('late-history leaves a gap after execution_success', async () => {
    const [, engine] = await connect('late-history:300');
    const client = await RecordingClient.connect(engine.url, 'me');
    const promptId = await engine.queue(textPrompt('x'), { client_id: 'me' });
    await client.until(({ type }) => type === 'execution_success');
    expect((await engine.get(`/history/${promptId}`)).json).toEqual({});
    await engine.finished(promptId);
    client.close();
  });

  it('nan-messages breaks JSON.parse and nothing else', async () => {
    const [, engine] = await connect('nan-messages');
    const client = await RecordingClient.connect(engine.url, 'me');
    let text = '';
    client.socket.on('message', (raw: Buffer) => (text = raw.toString()));
    const promptId = await engine.queue(textPrompt('x'), { client_id: 'me' });
    await engine.finished(promptId);
    await delay(30);
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    expect(parseEngineMessage(text)).toBeDefined();
    expect((await engine.get(`/history/${promptId}`)).text).toContain('NaN');
    client.close();
  });

  it('http-500 fails as often as it is told, on the path it is told', async () => {
    const [, engine] = await connect('http-500:/history,times@2');
    expect((await engine.get('/prompt')).status).toBe(200);
    const statuses = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await engine.get('/history')).status);
    expect(statuses).toEqual([500, 500, 200]);
  });

  it('oversized-output makes a file of that size', async () => {
    const [child, engine] = await connect('oversized-output:3');
    await engine.run(savePrompt(0, 'big'));
    const { size } = statSync(join(child.baseDirectory, 'output', 'big_00001_.png'));
    expect(size).toBe(3 * 1024 * 1024);
  });

  it('duplicate-client-id leaves a socket open and deaf', async () => {
    const [, engine] = await connect('duplicate-client-id');
    const client = await RecordingClient.connect(engine.url, 'me');
    await engine.run(savePrompt(), { client_id: 'me' });
    await delay(50);
    expect(client.messages('executing')).toHaveLength(1);
    expect(client.closeCode).toBeUndefined();
    client.close();
  });

  it('arms and disarms while running', async () => {
    const engine = new EngineClient(await launch().url);
    expect((await engine.arm('no-such')).status).toBe(400);
    expect((await engine.arm('slow-nodes:10')).json).toEqual({ scenarios: ['slow-nodes:10'] });
    expect((await engine.get('/emulator/scenarios')).json).toEqual({
      scenarios: ['slow-nodes:10'],
    });
    expect((await engine.disarm()).json).toEqual({ scenarios: [] });
  });
});
