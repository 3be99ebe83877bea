import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { EngineClient } from './support/engine.client';
import { launchEmulator, type EmulatorChild } from './support/emulator.child';
import { RecordingClient } from './support/recording.client';
import { savePrompt, textPrompt } from './support/prompts';

describe.each(['0.3.40', '0.3.64', '0.26+'] as const)('profile %s', (profile) => {
  let emulator: EmulatorChild;
  let engine: EngineClient;

  beforeAll(async () => {
    emulator = launchEmulator(['--profile', profile]);
    engine = new EngineClient(await emulator.url);
  });

  afterAll(() => emulator.stop());

  const isOld = profile === '0.3.40';
  const isNew = profile === '0.26+';

  it("treats a client's prompt id as that release does", async () => {
    const id = randomUUID();
    expect((await engine.queue(textPrompt('x'), { prompt_id: id })) === id).toBe(!isOld);
    const answer = await engine.post('/prompt', { prompt: textPrompt('x'), prompt_id: 'mine' });
    expect(answer.status).toBe(isNew ? 400 : 200);
    if (isNew) expect(answer.json['error']).toMatchObject({ type: 'invalid_prompt_id' });
  });

  it('has the handshake and progress_state, or neither', async () => {
    const client = await RecordingClient.connect(engine.url, 'me');
    client.socket.send('{"type":"feature_flags","data":{}}');
    await engine.run(savePrompt(1), { client_id: 'me' });
    await delay(30);
    expect(client.messages('progress_state').length > 0).toBe(!isOld);
    expect(client.messages('feature_flags')).toHaveLength(isOld ? 0 : 1);
    expect((await engine.get('/features')).status).toBe(isOld ? 404 : 200);
    client.close();
  });

  it('interrupts by id, or whatever runs', async () => {
    await engine.arm('slow-nodes:100');
    const promptId = await engine.queue(savePrompt(2));
    await delay(30);
    await engine.post('/interrupt', { prompt_id: 'another' });
    const { status } = await engine.finished(promptId);
    await engine.disarm();
    expect(status).toMatchObject({ completed: !isOld });
  });

  it('names an unknown class in the words of that release', async () => {
    const prompt = { '1': { class_type: 'Nope', inputs: {} } };
    const { json } = await engine.post('/prompt', { prompt });
    expect(json['error']).toMatchObject({ type: isNew ? 'missing_node_type' : 'invalid_prompt' });
  });

  it('keeps secrets where that release kept them', async () => {
    await engine.arm('slow-nodes:100');
    const secret = { extra_data: { api_key_comfy_org: 'hush' } };
    const promptId = await engine.queue(textPrompt('secret'), secret);
    const queue = await engine.get('/queue');
    await engine.finished(promptId);
    await engine.disarm();
    expect(queue.text.includes('hush')).toBe(!isNew);
    expect((await engine.get(`/history/${promptId}`)).text.includes('hush')).toBe(isOld);
  });

  it('has the jobs API, or not', async () => {
    await engine.run(savePrompt(3));
    const { status, json } = await engine.get('/api/jobs?limit=1');
    expect(status).toBe(isNew ? 200 : 404);
    if (!isNew) return;
    const [job] = json['jobs'] as unknown as [Record<string, unknown>];
    expect(job).toMatchObject({ status: 'completed', outputs_count: 1 });
    expect(job['preview_output']).toMatchObject({ nodeId: '2', mediaType: 'images' });
    expect((await engine.get(`/api/jobs/${String(job['id'])}`)).json).toHaveProperty(
      'workflow.prompt',
    );
    expect((await engine.get('/api/jobs/none')).json).toEqual({ error: 'Job not found' });
    expect((await engine.get('/api/jobs?status=odd')).status).toBe(400);
    expect((await engine.get('/jobs')).status).toBe(404);
  });

  it('cancels jobs, running or not, where there are jobs', async () => {
    if (!isNew) return;
    await engine.arm('slow-nodes:100');
    const running = await engine.queue(savePrompt(4));
    const pending = await engine.queue(savePrompt(5));
    await delay(30);
    const cancel = async (id: string): Promise<unknown> =>
      (await engine.post(`/api/jobs/${id}/cancel`)).json;
    expect(await cancel(pending)).toEqual({ cancelled: true });
    expect(await cancel(running)).toEqual({ cancelled: true });
    await engine.finished(running);
    await engine.disarm();
    expect(await cancel(running)).toEqual({ cancelled: false });
    expect((await engine.get(`/api/jobs/${running}`)).json['status']).toBe('cancelled');
    const bad = await engine.post('/api/jobs/cancel', { job_ids: ['x'] });
    expect([bad.status, bad.json['invalid_ids']]).toEqual([400, ['x']]);
  });
});

describe('--lenient', () => {
  it('accepts and runs a class nobody knows', async () => {
    const emulator = launchEmulator(['--lenient']);
    const engine = new EngineClient(await emulator.url);
    const prompt = {
      '1': { class_type: 'SomebodysLoader', inputs: { name: 'x' } },
      '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'lenient' } },
    };
    const { status, outputs } = await engine.run(prompt);
    await emulator.stop();
    expect(status).toMatchObject({ completed: true });
    expect(outputs).toHaveProperty('2.images');
  });
});
