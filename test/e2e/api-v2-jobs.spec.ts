import { readdir } from 'node:fs/promises';

import {
  aPrompt,
  eventually,
  launch,
  WebServer,
  type Answer,
  type LaunchedGateway,
  type LaunchOptions,
} from '@gateway/testing';
import sharp from 'sharp';

import { schemaViolations, violations } from '../comfy-api-v2';

interface Job {
  readonly id: string;
  readonly status: string;
  readonly outputs: readonly {
    readonly id: string;
    readonly url: string;
    readonly node_id: string;
    readonly type: string;
  }[];
  readonly error: { readonly code: string; readonly node_id: string | null } | null;
  readonly urls: { readonly self: string; readonly events: string; readonly cancel: string };
  readonly queue_position: number | null;
  readonly progress: { readonly value: number } | null;
  readonly metrics: { readonly queue_ms: number | null; readonly execution_ms: number | null };
}

interface Refusal {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details?: Readonly<Record<string, unknown>>;
  };
}

const launched: LaunchedGateway[] = [];

async function start(options: LaunchOptions = {}): Promise<LaunchedGateway> {
  const gateway = await launch(options);
  launched.push(gateway);
  return gateway;
}

/** One for the tests that need nothing special of it. */
let gateway: LaunchedGateway;

beforeAll(async () => {
  gateway = await launch({ emulator: ['--step-ms', '50'] });
});

afterEach(async () => {
  await Promise.all(launched.splice(0).map((one) => one.stop()));
});

afterAll(() => gateway.stop());

const quick = () => aPrompt().build();
const slow = (steps = 400) => aPrompt().sampled({ steps }).build();

/** The answer, held to the contract. */
function held(operationId: string, status: number, answer: Answer): unknown {
  expect([answer.status, violations(operationId, answer.status, answer.json)]).toEqual([
    status,
    [],
  ]);
  return answer.json;
}

async function submit(
  workflow: unknown,
  fields: Readonly<Record<string, unknown>> = {},
  at = gateway,
): Promise<Job> {
  return held('postJobs', 201, await at.post('/api/v2/jobs', { workflow, ...fields })) as Job;
}

async function refused(status: number, body: unknown, at = gateway): Promise<Refusal['error']> {
  return (held('postJobs', status, await at.post('/api/v2/jobs', body)) as Refusal).error;
}

async function read(id: string, at = gateway): Promise<Job> {
  return held('getJob', 200, await at.get(`/api/v2/jobs/${id}`)) as Job;
}

async function until(id: string, status: string, at = gateway): Promise<Job> {
  return eventually(async () => {
    const job = await read(id, at);
    return job.status === status ? job : undefined;
  }, `job ${id} is ${status}`);
}

async function cancel(id: string, at = gateway): Promise<Job> {
  return held('cancelJob', 200, await at.post(`/api/v2/jobs/${id}/cancel`, {})) as Job;
}

async function uploadPicture(at = gateway): Promise<string> {
  const png = await sharp({ create: { width: 12, height: 9, channels: 3, background: '#0a0' } })
    .png()
    .toBuffer();
  const form = new FormData();
  form.append('content_type', 'image/png');
  form.append('file_path', 'photo.png');
  form.append('file', new Blob([new Uint8Array(png)]), 'photo.png');
  const response = await fetch(`${at.url}/api/v2/assets`, { method: 'POST', body: form });
  return ((await response.json()) as { readonly id: string }).id;
}

const asset = (id: string) => ({ __type: 'core/ASSET', info: { id } });
const saving = (image: unknown) =>
  aPrompt().withNode('1', 'LoadImage', { image }).build() as unknown;

describe('a job of the official API', () => {
  it('is accepted, run, and read with its outputs, until it says so itself', async () => {
    const accepted = await submit(quick());
    expect(accepted).toMatchObject({
      outputs: [],
      error: null,
      urls: {
        self: `/api/v2/jobs/${accepted.id}`,
        events: `/api/v2/jobs/${accepted.id}/events`,
        cancel: `/api/v2/jobs/${accepted.id}/cancel`,
      },
    });
    const job = await until(accepted.id, 'succeeded');
    expect(job).toMatchObject({ progress: { value: 1 }, queue_position: null });
    expect(job.metrics.queue_ms).not.toBeNull();
    expect(job.outputs).toMatchObject([{ node_id: '2', type: 'image' }]);
    const content = await fetch(job.outputs[0]?.url ?? '');
    const { width } = await sharp(Buffer.from(await content.arrayBuffer())).metadata();
    expect(width).toBe(64);
  });

  it('gives its workflow back as it came, seeds of 64 bits included', async () => {
    const seed = 18_446_744_073_709_551_615n;
    const { id } = await submit(aPrompt().sampled({ seed, steps: 1 }).build());
    const response = await fetch(`${gateway.url}/api/v2/jobs/${id}/workflow`);
    const text = await response.text();
    expect(violations('getJobWorkflow', 200, JSON.parse(text))).toEqual([]);
    expect(text).toContain(`"seed":${seed}`);
    expect(text).toContain('"format":"api"');
  });

  it('is followed by its events: where it stands, its progress, its outputs, its end', async () => {
    const { id, urls } = await submit(slow(20));
    const response = await fetch(gateway.url + urls.events);
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
    expect(outputs).toMatchObject((await read(id)).outputs.map(({ id, url }) => ({ id, url })));
  });

  it('has its outputs as they are saved, whatever becomes of it', async () => {
    const graph = aPrompt()
      .sampled({ steps: 400 })
      .withNode('3', 'EmptyImage', { width: 64, height: 64, batch_size: 2, color: 9 })
      .withNode('0', 'SaveImage', { images: ['3', 0], filename_prefix: 'early' })
      .build();
    const { id } = await submit(graph);
    const { outputs } = await eventually(async () => {
      const job = await read(id);
      return job.outputs.length === 2 ? job : undefined;
    }, 'two outputs are there');
    expect((await read(id)).status).toBe('running');
    await cancel(id);
    const kept = (await until(id, 'canceled')).outputs;
    expect(kept.map(({ url }) => url)).toEqual(outputs.map(({ url }) => url));
    for (const { url } of outputs) expect((await fetch(url)).status).toBe(200);
  });

  it('tells who asks for its events with HEAD what he would get, and no more', async () => {
    const { id } = await submit(slow());
    const response = await fetch(`${gateway.url}/api/v2/jobs/${id}/events`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    await cancel(id);
  });

  it('is canceled at once while it waits, at the next step while it runs, and once only', async () => {
    const at = await start({ emulator: ['--step-ms', '50'], env: { COMFY_MAX_IN_FLIGHT: '1' } });
    const running = await submit(slow(), {}, at);
    await until(running.id, 'running', at);
    const waiting = await submit(slow(), {}, at);
    expect((await cancel(waiting.id, at)).status).toBe('canceled');
    expect(['canceling', 'canceled']).toContain((await cancel(running.id, at)).status);
    const ended = await until(running.id, 'canceled', at);
    expect(ended.error).toBeNull();
    expect(await cancel(running.id, at)).toEqual(ended);
  });

  it('says which node failed it', async () => {
    const { id } = await submit(
      aPrompt()
        .withNode('3', 'ImageBlur', { image: ['1', 0], blur_radius: 31, sigma: 1 })
        .withNode('1', 'EmptyImage', { width: 8, height: 8, batch_size: 1, color: 0 })
        .withNode('2', 'SaveImage', { images: ['3', 0], filename_prefix: 'x' })
        .build(),
    );
    const job = await until(id, 'failed');
    expect(job.error).toMatchObject({ code: 'node_execution_error', node_id: '3' });
    expect(job.outputs).toEqual([]);
  });

  it.each(['', '/workflow', '/events'])('that is not there is not found: GET %s', async (path) => {
    const operation = { '': 'getJob', '/workflow': 'getJobWorkflow', '/events': 'getJobEvents' };
    const answer = await gateway.get(`/api/v2/jobs/nobody${path}`);
    const id = operation[path as keyof typeof operation];
    expect((held(id, 404, answer) as Refusal).error.code).toBe('not_found');
  });

  it('that is not there cannot be canceled', async () => {
    const answer = await gateway.post('/api/v2/jobs/nobody/cancel', {});
    expect((held('cancelJob', 404, answer) as Refusal).error.code).toBe('not_found');
  });
});

describe('a submission', () => {
  it('of a workflow in the format of the page is refused as that', async () => {
    const { code } = await refused(422, { workflow: { nodes: [], links: [] } });
    expect(code).toBe('workflow_format_ui');
  });

  it('of a workflow that ComfyUI would refuse names nodes, fields and reasons', async () => {
    const { code, details } = await refused(422, { workflow: aPrompt().sized(0, 8).build() });
    expect(code).toBe('invalid_workflow');
    expect(details).toEqual({
      node_errors: { '1': [{ field: 'width', reason: 'value_smaller_than_min' }] },
    });
    const unknown = await refused(422, { workflow: aPrompt().withNode('9', 'Nope', {}).build() });
    expect(unknown.details).toEqual({
      node_errors: { '9': [{ field: 'class_type', reason: 'unknown_class' }] },
    });
  });

  it('with a reserved or unknown field is refused by its name', async () => {
    const { code, details } = await refused(422, { workflow: quick(), inputs: {} });
    expect(code).toBe('invalid_request');
    expect(details).toEqual({ fields: [{ field: 'inputs', reason: 'is not known here' }] });
  });

  it('with a key that was used is refused; a key of which no job came is good again', async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'once' };
    const post = (workflow: unknown) => gateway.post('/api/v2/jobs', { workflow }, { headers });
    held('postJobs', 422, await post({}));
    held('postJobs', 201, await post(quick()));
    const again = held('postJobs', 422, await post(quick())) as Refusal;
    expect(again.error.code).toBe('idempotency_key_reuse');
  });

  it('is told to come again when the queue is full', async () => {
    const at = await start({
      emulator: ['--step-ms', '50'],
      env: { COMFY_MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '1', SHUTDOWN_GRACE_S: '1' },
    });
    const { id } = await submit(slow(), {}, at);
    await until(id, 'running', at);
    await submit(slow(), {}, at);
    const full = await at.post('/api/v2/jobs', { workflow: slow() });
    expect((held('postJobs', 429, full) as Refusal).error.code).toBe('queue_full');
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0);
    await cancel(id, at);
  });

  it('waits for no engine that has never been up', async () => {
    const at = await start({ scenario: 'never-ready', waitUntilReady: false });
    await at.untilListening();
    const early = await at.post('/api/v2/jobs', { workflow: quick() });
    expect(early.status).toBe(503);
    expect(schemaViolations('ErrorEnvelope', early.json)).toEqual([]);
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('may bring what the contract reserves only where that is allowed', async () => {
    const at = await start({ env: { API_V2_EXTENSIONS: 'false' } });
    const webhook_url = 'https://example.com/hook';
    const { details } = await refused(422, { workflow: quick(), webhook_url, priority: 1 }, at);
    expect(details).toEqual({
      fields: [
        { field: 'priority', reason: 'is not accepted here' },
        { field: 'webhook_url', reason: 'is not accepted here' },
      ],
    });
    await submit(quick(), {}, at);
  });

  it('names no address that may not be called', async () => {
    const webhook_url = 'http://127.0.0.1:9/hook';
    const { code, details } = await refused(422, { workflow: quick(), webhook_url });
    expect(code).toBe('invalid_request');
    expect(details).toMatchObject({ fields: [{ field: 'webhook_url' }] });
  });
});

describe('an asset in a workflow', () => {
  it('is a file of the engine while the job runs, and stays as long as the job needs it', async () => {
    const at = await start({ emulator: ['--step-ms', '50'], env: { COMFY_MAX_IN_FLIGHT: '1' } });
    const picture = await uploadPicture(at);
    const blocking = await submit(slow(), {}, at);
    await until(blocking.id, 'running', at);
    const { id } = await submit(saving(asset(picture)), {}, at);
    const remove = () => fetch(`${at.url}/api/v2/assets/${picture}`, { method: 'DELETE' });
    expect((await remove()).status).toBe(409);
    await cancel(blocking.id, at);
    const job = await until(id, 'succeeded', at);
    const content = await fetch(job.outputs[0]?.url ?? '');
    const { width, height } = await sharp(Buffer.from(await content.arrayBuffer())).metadata();
    expect([width, height]).toEqual([12, 9]);
    expect((await remove()).status).toBe(204);
    await eventually(
      async () => (await readdir(at.workspace.input)).every((name) => !name.startsWith('gateway-')),
      'no input is left',
    );
  });

  it.each([asset('nobody'), { __type: 'core/ASSET', info: {} }])(
    'that is not there is refused: %j',
    async (reference) => {
      const { code, details } = await refused(422, { workflow: saving(reference) });
      expect(code).toBe('missing_asset');
      expect(details).toEqual({
        node_errors: { '1': [{ field: 'image', reason: 'missing_asset' }] },
      });
    },
  );
});

describe('the list of jobs', () => {
  it('is asked by notes and status, and read page by page', async () => {
    const ids: string[] = [];
    for (const n of ['1', '2', '3']) {
      ids.unshift((await submit(quick(), { metadata: { list: 'a', n } })).id);
    }
    const list = async (query: string) => {
      const { json } = await gateway.get(`/api/v2/jobs?${query}`);
      const { jobs, next_cursor } = json as unknown as {
        readonly jobs: readonly Job[];
        readonly next_cursor: string | null;
      };
      for (const job of jobs) expect(schemaViolations('Job', job)).toEqual([]);
      return { ids: jobs.map(({ id }) => id), next_cursor };
    };
    await Promise.all(ids.map((id) => until(id, 'succeeded')));
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
    const { status, json } = await gateway.get('/api/v2/jobs?stauts=queued');
    expect(status).toBe(422);
    expect(json).toMatchObject({ error: { details: { fields: [{ field: 'stauts' }] } } });
  });
});

describe('one job at every door', () => {
  const async = { headers: { 'content-type': 'application/json', prefer: 'respond-async' } };

  it('is answered at once by /prompt when that is preferred, and found where it says', async () => {
    const body = { prompt: quick(), id: 'preferred' };
    const { status, headers, json } = await gateway.post('/prompt', body, async);
    expect([status, headers.get('location')]).toEqual([202, '/api/v2/jobs/preferred']);
    expect(json).toMatchObject({ status: 'ok', id: 'preferred' });
    expect((await until('preferred', 'succeeded')).outputs).toHaveLength(1);
  });

  it('goes on without a caller whose time is over, and keeps its outputs for him', async () => {
    const { status, headers, json } = await gateway.prompt(slow(20), {
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
    await until('late', 'succeeded');
    await eventually(async () => (await read('late')).outputs.length === 1, 'its output is kept');
  });

  it('has no outputs when the answer took them, unless it was to keep them', async () => {
    expect((await gateway.prompt(quick(), { id: 'taken', timeout_s: 60 })).status).toBe(200);
    expect((await gateway.prompt(quick(), { id: 'kept', keep: true })).json.images).toHaveLength(1);
    expect((await read('taken')).outputs).toEqual([]);
    expect((await read('kept')).outputs).toHaveLength(1);
  });

  it('is interrupted by its id, as long as it has not ended', async () => {
    const { id } = await submit(slow());
    await until(id, 'running');
    const interrupt = () => gateway.post('/interrupt', { id });
    expect(await interrupt()).toMatchObject({ status: 200, json: { id, interrupted: 'success' } });
    await until(id, 'canceled');
    expect(await interrupt()).toMatchObject({ status: 404, json: { id, interrupted: 'failed' } });
  });

  it('is run before those that wait when its priority is higher', async () => {
    const at = await start({ emulator: ['--step-ms', '50'], env: { COMFY_MAX_IN_FLIGHT: '1' } });
    const blocking = await submit(slow(), {}, at);
    await until(blocking.id, 'running', at);
    // More than are prepared at a time: those keep their turn.
    const others: string[] = [];
    for (let n = 0; n < 12; n += 1) others.push((await submit(quick(), {}, at)).id);
    const urgent = await submit(quick(), { priority: 10 }, at);
    expect(urgent.queue_position).toBe(0);
    await cancel(blocking.id, at);
    await until(urgent.id, 'succeeded', at);
    const last = await until(others.at(-1) ?? '', 'succeeded', at);
    const startOf = async (id: string) => (await at.get(`/api/v2/jobs/${id}`)).json['started_at'];
    expect(String(await startOf(urgent.id)) < String(await startOf(last.id))).toBe(true);
  });
});

describe('a webhook of a job', () => {
  it('gets the whole result in one call, and the outputs stay unless they are not to be kept', async () => {
    const receiver = await WebServer.start();
    const at = await start({ env: { URL_ALLOW_PRIVATE_NETWORKS: 'true' } });
    const webhook_url = receiver.url('/hook');
    const taken = await submit(quick(), { webhook_url, keep: false }, at);
    const kept = await submit(quick(), { webhook_url }, at);
    await eventually(() => receiver.calls.length === 2, 'both calls arrive');
    await receiver.stop();
    const ids = receiver.calls.map(({ body }) => JSON.parse(body.toString()) as { id: string });
    expect(ids.map(({ id }) => id).sort()).toEqual([taken.id, kept.id].sort());
    await eventually(async () => (await read(taken.id, at)).outputs.length === 0, 'they are gone');
    expect((await read(kept.id, at)).outputs).toHaveLength(1);
  });
});

describe('a stream of events', () => {
  it('holds up no shutdown', async () => {
    const at = await start({ emulator: ['--step-ms', '50'], env: { SHUTDOWN_GRACE_S: '1' } });
    const { urls } = await submit(slow(), {}, at);
    const response = await fetch(at.url + urls.events);
    const ended = response.text();
    const startedAt = Date.now();
    await at.process.end();
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    await ended;
  });
});
