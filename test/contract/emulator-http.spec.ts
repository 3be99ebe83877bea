import { EngineClient } from './support/engine.client';
import { launchEmulator, type EmulatorChild } from './support/emulator.child';
import { savePrompt, textPrompt } from './support/prompts';

describe("the emulator's HTTP", () => {
  let emulator: EmulatorChild;
  let engine: EngineClient;

  beforeAll(async () => {
    emulator = launchEmulator(['--max-upload-size', '1']);
    engine = new EngineClient(await emulator.url);
  });

  afterAll(() => emulator.stop());

  it('serves every route under /api as well, but not /internal', async () => {
    expect((await engine.get('/api/prompt')).json).toEqual({ exec_info: { queue_remaining: 0 } });
    expect((await engine.get('/api/internal/logs')).status).toBe(404);
  });

  it('answers an unknown path and a trailing slash with an empty 404', async () => {
    for (const path of ['/nothing', '/queue/']) {
      const answer = await engine.get(path);
      expect([answer.status, answer.text]).toEqual([404, '']);
      expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    }
  });

  it('answers a wrong method with 405 and the allowed ones', async () => {
    const answer = await engine.send('/queue', { method: 'DELETE' });
    expect(answer.status).toBe(405);
    expect(answer.text).toBe('405: Method Not Allowed');
    expect(answer.headers.get('allow')).toBe('GET,HEAD,POST');
  });

  it('answers HEAD like GET and OPTIONS always with an empty 200', async () => {
    expect((await engine.send('/queue', { method: 'HEAD' })).status).toBe(200);
    for (const path of ['/queue', '/nothing']) {
      const answer = await engine.send(path, { method: 'OPTIONS' });
      expect([answer.status, answer.text]).toEqual([200, '']);
    }
  });

  it.each([
    ['/prompt', '{"prompt":'],
    ['/prompt', ''],
    ['/prompt', '{"prompt":null}'],
    ['/prompt', '{"prompt":[]}'],
    ['/prompt', '{"prompt":{"last_node_id":9}}'],
    ['/prompt', '{"prompt":{},"number":"x"}'],
    ['/queue', ''],
    ['/history', 'nonsense'],
    ['/free', ''],
    ['/interrupt', '[]'],
  ])('fails as ComfyUI does on POST %s %s', async (path, body) => {
    const answer = await engine.post(path, body);
    expect(answer.status).toBe(500);
    expect(answer.text).toBe('500 Internal Server Error\n\nServer got itself in trouble');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('fails on a page of history that is no number', async () => {
    expect((await engine.get('/history?max_items=x')).status).toBe(500);
  });

  it('refuses a body beyond the limit with 413', async () => {
    const answer = await engine.post('/prompt', `{"prompt":"${'x'.repeat(1024 * 1024)}"}`);
    expect(answer.status).toBe(413);
    expect(answer.text).toBe('Maximum request body size 1048576 exceeded.');
  });

  it('does not care for the content type, and accepts NaN', async () => {
    const answer = await engine.send('/prompt', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{"prompt":{"1":{"class_type":"PreviewAny","inputs":{"source":"x"}}},"extra_data":{"a":NaN}}',
    });
    expect(answer.status).toBe(200);
  });

  it('keeps integers of 64 bits', async () => {
    const seed = 18446744073709551615n;
    const entry = await engine.run(textPrompt('seed'), { extra_data: { seed } });
    const [, , , extraData] = entry['prompt'] as [number, string, object, { seed: bigint }];
    expect(extraData.seed).toBe(seed);
  });

  it('refuses a foreign origin on loopback, and takes its own', async () => {
    const { host } = new URL(engine.url);
    expect((await engine.get('/prompt', { origin: 'http://evil.example' })).status).toBe(403);
    expect((await engine.get('/prompt', { origin: 'http://127.0.0.1:1' })).status).toBe(403);
    expect((await engine.get('/prompt', { origin: `http://${host}` })).status).toBe(200);
  });

  it('reads a client id of null as the id "None"', async () => {
    expect(await engine.queue(textPrompt('none'), { prompt_id: null })).toBe('None');
    await engine.finished('None');
  });

  it('counts refused prompts, and puts "front" ahead with a negative number', async () => {
    const first = await engine.post('/prompt', { prompt: textPrompt('a') });
    await engine.post('/prompt', { prompt: {} });
    const third = await engine.post('/prompt', { prompt: textPrompt('b'), front: true });
    expect(third.json['number']).toBe(-(Number(first.json['number']) + 2));
  });

  it('pages history from its end, or from an offset', async () => {
    await engine.post('/history', { clear: true });
    for (const id of ['h1', 'h2', 'h3']) {
      await engine.run(textPrompt(id), { prompt_id: id });
    }
    const idsOf = async (query: string): Promise<string[]> =>
      Object.keys((await engine.get(`/history?${query}`)).json);
    expect(await idsOf('max_items=2')).toEqual(['h2', 'h3']);
    expect(await idsOf('max_items=1&offset=0')).toEqual(['h1']);
    expect(await idsOf('max_items=0')).toEqual([]);
    await engine.post('/history', { delete: ['h1'] });
    expect(await idsOf('')).toEqual(['h2', 'h3']);
  });

  it('describes one class, and an unknown one as nothing', async () => {
    expect(Object.keys((await engine.get('/object_info/SaveImage')).json)).toEqual(['SaveImage']);
    expect((await engine.get('/object_info/Nope')).json).toEqual({});
  });

  it('lists model folders, and refuses legacy names', async () => {
    expect((await engine.get('/models')).json).toContain('checkpoints');
    expect((await engine.get('/models/checkpoints')).status).toBe(200);
    expect((await engine.get('/models/unet')).status).toBe(404);
  });

  it('tells its version and its flags', async () => {
    const stats = (await engine.get('/system_stats')).json as {
      system: { comfyui_version: string };
    };
    expect(stats.system.comfyui_version).toBe('0.3.64');
    expect((await engine.get('/features')).json).toEqual({
      supports_preview_metadata: true,
      max_upload_size: 1048576,
    });
  });

  it('kills its worker with an unreachable node that has no inputs', async () => {
    const victim = launchEmulator();
    const other = new EngineClient(await victim.url);
    const prompt = { ...textPrompt('x'), stray: { class_type: 'EmptyImage' } };
    const promptId = await other.queue(prompt);
    await expect(other.finished(promptId, 300)).rejects.toThrow('not in history');
    expect((await other.get('/queue')).json['queue_running']).toHaveLength(1);
    expect(victim.stderr()).toContain('Exception in thread Thread-1 (prompt_worker):');
    await victim.stop();
  });

  it('counts requests by route', async () => {
    await engine.send('/emulator/stats', { method: 'DELETE' });
    await engine.run(savePrompt(77));
    const { json } = await engine.get('/emulator/stats');
    expect((json['requests'] as Record<string, number>)['POST /prompt']).toBe(1);
  });
});
