import { eventually, launch } from '@gateway/testing';

import { ApiV2Client, gatewaysOfOneTest, held, slow } from '../api-v2-client';
import { schemaViolations } from '../comfy-api-v2';

/** For the tests that need nothing special of it. */
let api: ApiV2Client;

beforeAll(async () => {
  const env = { API_V2_MAX_STREAMS: '2' };
  api = new ApiV2Client(await launch({ emulator: ['--step-ms', '50'], env }));
});

afterAll(() => api.gateway.stop());

const start = gatewaysOfOneTest();

describe('a stream of events', () => {
  it('tells where its job stands, of its progress and outputs, and of its end', async () => {
    const { id, urls } = await api.submit(slow(20));
    const response = await fetch(api.gateway.url + urls.events);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events = [...(await response.text()).matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(
      ([, event = '', data = '']) => ({ event, data: JSON.parse(data) as unknown }),
    );
    const schemas: Readonly<Record<string, string>> = {
      status: 'StatusEvent',
      progress: 'Progress',
      preview: 'PreviewEvent',
      output: 'Output',
    };
    for (const { event, data } of events) {
      expect(schemaViolations(schemas[event] ?? event, data)).toEqual([]);
    }
    const names = events.map(({ event }) => event);
    expect(names[0]).toBe('status');
    expect(names).toContain('progress');
    expect(events.at(-1)).toMatchObject({ event: 'status', data: { status: 'succeeded' } });
    const outputs = events.filter(({ event }) => event === 'output').map(({ data }) => data);
    expect(outputs).toMatchObject((await api.read(id)).outputs.map(({ id, url }) => ({ id, url })));
  });

  it('is only described to who asks for it with HEAD', async () => {
    const { id } = await api.submit(slow());
    const response = await fetch(`${api.gateway.url}/api/v2/jobs/${id}/events`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    await api.cancel(id);
  });

  it('is refused beyond the limit, while its job is read as ever, and a closed one gives its place', async () => {
    const { id, urls } = await api.submit(slow());
    const first = await follow(urls.events);
    const second = await follow(urls.events);
    expect([first.status, second.status]).toEqual([200, 200]);
    const third = await api.gateway.get(urls.events);
    expect(held('getJobEvents', 429, third)).toMatchObject({ error: { code: 'too_many_streams' } });
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(['queued', 'running']).toContain((await api.read(id)).status);

    first.close();
    const next = await placeFor(urls.events);
    await api.cancel(id);
    await Promise.all([second.ended, next.ended]);
    // The end of a job ends its streams, and gives back their places, too.
    const { urls: others } = await api.submit(slow(1));
    await Promise.all([
      (await placeFor(others.events)).ended,
      (await placeFor(others.events)).ended,
    ]);
  });

  it('holds up no shutdown', async () => {
    const at = await start({ emulator: ['--step-ms', '50'], env: { SHUTDOWN_GRACE_S: '1' } });
    const { urls } = await at.submit(slow());
    const response = await fetch(at.gateway.url + urls.events);
    const ended = response.text();
    expect(await at.gateway.process.end()).toEqual({ code: 0, signal: null });
    await ended;
  });

  interface Followed {
    readonly status: number;
    readonly ended: Promise<string>;
    close(): void;
  }

  async function follow(path: string): Promise<Followed> {
    const leaving = new AbortController();
    const response = await fetch(api.gateway.url + path, { signal: leaving.signal });
    const ended = response.text();
    // Who has left does not care how it ended.
    ended.catch(() => undefined);
    return { status: response.status, ended, close: () => leaving.abort() };
  }

  function placeFor(path: string): Promise<Followed> {
    return eventually(async () => {
      const followed = await follow(path);
      return followed.status === 200 ? followed : undefined;
    }, 'a place is free');
  }
});
