import { eventually, launch, WebServer } from '@gateway/testing';

import { ApiV2Client, gatewaysOfOneTest, quick, slow, type Job } from '../api-v2-client';
import { schemaViolations } from '../comfy-api-v2';

/** For the tests that need nothing special of it. */
let api: ApiV2Client;

beforeAll(async () => {
  api = new ApiV2Client(await launch({ emulator: ['--step-ms', '50'] }));
});

afterAll(() => api.gateway.stop());

const start = gatewaysOfOneTest();

describe('one job at every door', () => {
  const async = { headers: { 'content-type': 'application/json', prefer: 'respond-async' } };

  it('is answered at once by /prompt when that is preferred, and found where it says', async () => {
    const body = { prompt: quick(), id: 'preferred' };
    const { status, headers, json } = await api.gateway.post('/prompt', body, async);
    expect([status, headers.get('location')]).toEqual([202, '/api/v2/jobs/preferred']);
    expect(json).toMatchObject({ status: 'ok', id: 'preferred' });
    expect((await api.until('preferred', 'succeeded')).outputs).toHaveLength(1);
  });

  it('goes on without a caller whose time is over, and keeps its outputs for him', async () => {
    const { status, headers, json } = await api.gateway.prompt(slow(20), {
      id: 'late',
      timeout_s: 0.2,
    });
    expect([status, headers.get('location')]).toEqual([202, '/api/v2/jobs/late']);
    expect(json).toEqual({
      status: 'running',
      id: 'late',
      urls: {
        self: '/api/v2/jobs/late',
        events: '/api/v2/jobs/late/events',
        cancel: '/api/v2/jobs/late/cancel',
      },
    });
    await api.until('late', 'succeeded');
    await eventually(
      async () => (await api.read('late')).outputs.length === 1,
      'its output is kept',
    );
  });

  it('has no outputs when the answer took them, unless it was to keep them', async () => {
    expect((await api.gateway.prompt(quick(), { id: 'taken', timeout_s: 60 })).status).toBe(200);
    expect(
      (await api.gateway.prompt(quick(), { id: 'kept', keep: true })).json.images,
    ).toHaveLength(1);
    expect((await api.read('taken')).outputs).toEqual([]);
    expect((await api.read('kept')).outputs).toHaveLength(1);
  });

  it('is interrupted by its id, as long as it has not ended', async () => {
    const { id } = await api.submit(slow());
    await api.until(id, 'running');
    const interrupt = () => api.gateway.post('/interrupt', { id });
    expect(await interrupt()).toMatchObject({ status: 200, json: { id, interrupted: 'success' } });
    await api.until(id, 'canceled');
    expect(await interrupt()).toMatchObject({ status: 404, json: { id, interrupted: 'failed' } });
  });

  it('is run before those that wait when its priority is higher', async () => {
    const at = await start({ emulator: ['--step-ms', '50'], env: { COMFY_MAX_IN_FLIGHT: '1' } });
    const blocking = await at.submit(slow());
    await at.until(blocking.id, 'running');
    // More than are prepared at a time: those keep their turn.
    const others: string[] = [];
    for (let n = 0; n < 12; n += 1) others.push((await at.submit(quick())).id);
    const urgent = await at.submit(quick(), { priority: 10 });
    expect(urgent.queue_position).toBeLessThan(12);
    expect((await at.read(others.at(-1) ?? '')).queue_position).toBe(12);
    await at.cancel(blocking.id);
    await at.until(urgent.id, 'succeeded');
    const last = await at.until(others.at(-1) ?? '', 'succeeded');
    const startOf = async (id: string) =>
      (await at.gateway.get(`/api/v2/jobs/${id}`)).json['started_at'];
    expect(String(await startOf(urgent.id)) < String(await startOf(last.id))).toBe(true);
  });
});

describe('a webhook of a job', () => {
  it('gets the whole result in one call, and the outputs stay unless they are not to be kept', async () => {
    const receiver = await WebServer.start();
    const at = await start({ env: { URL_ALLOW_PRIVATE_NETWORKS: 'true' } });
    const webhook_url = receiver.url('/hook');
    const taken = await at.submit(quick(), { webhook_url, keep: false });
    const kept = await at.submit(quick(), { webhook_url });
    await eventually(() => receiver.calls.length === 2, 'both calls arrive');
    await receiver.stop();
    const ids = receiver.calls.map(({ body }) => JSON.parse(body.toString()) as { id: string });
    expect(ids.map(({ id }) => id).sort()).toEqual([taken.id, kept.id].sort());
    await eventually(async () => (await at.read(taken.id)).outputs.length === 0, 'they are gone');
    expect((await at.read(kept.id)).outputs).toHaveLength(1);
  });
});

describe('the list of jobs', () => {
  it('is asked by notes and status, and read page by page', async () => {
    const ids: string[] = [];
    for (const n of ['1', '2', '3']) {
      ids.unshift((await api.submit(quick(), { metadata: { list: 'a', n } })).id);
    }
    const list = async (query: string) => {
      const { json } = await api.gateway.get(`/api/v2/jobs?${query}`);
      const { jobs, next_cursor } = json as unknown as {
        readonly jobs: readonly Job[];
        readonly next_cursor: string | null;
      };
      for (const job of jobs) expect(schemaViolations('Job', job)).toEqual([]);
      return { ids: jobs.map(({ id }) => id), next_cursor };
    };
    await Promise.all(ids.map((id) => api.until(id, 'succeeded')));
    expect(await list('metadata.list=a')).toEqual({ ids, next_cursor: null });
    const first = await list('metadata.list=a&limit=2');
    expect(first.ids).toEqual(ids.slice(0, 2));
    const second = await list(`metadata.list=a&limit=2&cursor=${first.next_cursor}`);
    expect(second).toEqual({ ids: ids.slice(2), next_cursor: null });
    expect((await list('metadata.list=a&metadata.n=2')).ids).toEqual([ids[1]]);
    expect((await list('metadata.list=a&status=failed,running')).ids).toEqual([]);
    expect((await list('metadata.list=a&created_after=2999-01-01T00:00:00Z')).ids).toEqual([]);
  });

  it('refuses what it does not know', async () => {
    const { status, json } = await api.gateway.get('/api/v2/jobs?stauts=queued');
    expect(status).toBe(422);
    expect(json).toMatchObject({ error: { details: { fields: [{ field: 'stauts' }] } } });
  });
});
