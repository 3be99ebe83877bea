import { readdir } from 'node:fs/promises';

import { aPrompt, eventually, launch } from '@gateway/testing';
import sharp from 'sharp';

import {
  ApiV2Client,
  asset,
  gatewaysOfOneTest,
  held,
  quick,
  slow,
  type Refusal,
} from '../api-v2-client';
import { schemaViolations, violations } from '../comfy-api-v2';

/** For the tests that need nothing special of it. */
let api: ApiV2Client;

beforeAll(async () => {
  api = new ApiV2Client(await launch({ emulator: ['--step-ms', '50'] }));
});

afterAll(() => api.gateway.stop());

const start = gatewaysOfOneTest();

const saving = (image: unknown) =>
  aPrompt().withNode('1', 'LoadImage', { image }).build() as unknown;

describe('a job of the official API', () => {
  it('is accepted, run, and read with its outputs, until it says so itself', async () => {
    const accepted = await api.submit(quick());
    expect(accepted).toMatchObject({
      outputs: [],
      error: null,
      urls: {
        self: `/api/v2/jobs/${accepted.id}`,
        events: `/api/v2/jobs/${accepted.id}/events`,
        cancel: `/api/v2/jobs/${accepted.id}/cancel`,
      },
    });
    const job = await api.until(accepted.id, 'succeeded');
    expect(job).toMatchObject({ progress: { value: 1 }, queue_position: null });
    expect(job.metrics.queue_ms).not.toBeNull();
    expect(job.outputs).toMatchObject([{ node_id: '2', type: 'image' }]);
    const content = await fetch(job.outputs[0]?.url ?? '');
    const { width } = await sharp(Buffer.from(await content.arrayBuffer())).metadata();
    expect(width).toBe(64);
  });

  it('gives its workflow back as it came, seeds of 64 bits included', async () => {
    const seed = 18_446_744_073_709_551_615n;
    const { id } = await api.submit(aPrompt().sampled({ seed, steps: 1 }).build());
    const response = await fetch(`${api.gateway.url}/api/v2/jobs/${id}/workflow`);
    const text = await response.text();
    expect(violations('getJobWorkflow', 200, JSON.parse(text))).toEqual([]);
    expect(text).toContain(`"seed":${seed}`);
    expect(text).toContain('"format":"api"');
  });

  it('has its outputs as they are saved, whatever becomes of it', async () => {
    const graph = aPrompt()
      .sampled({ steps: 400 })
      .withNode('3', 'EmptyImage', { width: 64, height: 64, batch_size: 2, color: 9 })
      .withNode('0', 'SaveImage', { images: ['3', 0], filename_prefix: 'early' })
      .build();
    const { id } = await api.submit(graph);
    const { status, outputs } = await eventually(async () => {
      const job = await api.read(id);
      return job.outputs.length === 2 ? job : undefined;
    }, 'two outputs are there');
    expect(status).toBe('running');
    await api.cancel(id);
    const kept = (await api.until(id, 'canceled')).outputs;
    expect(kept.map(({ url }) => url)).toEqual(outputs.map(({ url }) => url));
    for (const { url } of outputs) expect((await fetch(url)).status).toBe(200);
  });

  it('is canceled at once while it waits, at the next step while it runs, and once only', async () => {
    const at = await start({ emulator: ['--step-ms', '50'], env: { COMFY_MAX_IN_FLIGHT: '1' } });
    const running = await at.submit(slow());
    await at.until(running.id, 'running');
    const waiting = await at.submit(slow());
    expect((await at.cancel(waiting.id)).status).toBe('canceled');
    expect(['canceling', 'canceled']).toContain((await at.cancel(running.id)).status);
    const ended = await at.until(running.id, 'canceled');
    expect(ended.error).toBeNull();
    expect(await at.cancel(running.id)).toEqual(ended);
  });

  it('says which node failed it', async () => {
    const { id } = await api.submit(
      aPrompt()
        .withNode('3', 'ImageBlur', { image: ['1', 0], blur_radius: 31, sigma: 1 })
        .withNode('1', 'EmptyImage', { width: 8, height: 8, batch_size: 1, color: 0 })
        .withNode('2', 'SaveImage', { images: ['3', 0], filename_prefix: 'x' })
        .build(),
    );
    const job = await api.until(id, 'failed');
    expect(job.error).toMatchObject({ code: 'node_execution_error', node_id: '3' });
    expect(job.outputs).toEqual([]);
  });

  it.each(['', '/workflow', '/events'])('that is not there is not found: GET %s', async (path) => {
    const operation = { '': 'getJob', '/workflow': 'getJobWorkflow', '/events': 'getJobEvents' };
    const answer = await api.gateway.get(`/api/v2/jobs/nobody${path}`);
    const id = operation[path as keyof typeof operation];
    expect((held(id, 404, answer) as Refusal).error.code).toBe('not_found');
  });

  it('that is not there cannot be canceled', async () => {
    const answer = await api.gateway.post('/api/v2/jobs/nobody/cancel', {});
    expect((held('cancelJob', 404, answer) as Refusal).error.code).toBe('not_found');
  });
});

describe('a submission', () => {
  it('of a workflow in the format of the page is refused as that', async () => {
    const { code } = await api.refused(422, { workflow: { nodes: [], links: [] } });
    expect(code).toBe('workflow_format_ui');
  });

  it('of a workflow that ComfyUI would refuse names nodes, fields and reasons', async () => {
    const { code, details } = await api.refused(422, { workflow: aPrompt().sized(0, 8).build() });
    expect(code).toBe('invalid_workflow');
    expect(details).toEqual({
      node_errors: { '1': [{ field: 'width', reason: 'value_smaller_than_min' }] },
    });
    const unknown = await api.refused(422, {
      workflow: aPrompt().withNode('9', 'Nope', {}).build(),
    });
    expect(unknown.details).toEqual({
      node_errors: { '9': [{ field: 'class_type', reason: 'unknown_class' }] },
    });
  });

  it('with a reserved or unknown field is refused by its name', async () => {
    const { code, details } = await api.refused(422, { workflow: quick(), inputs: {} });
    expect(code).toBe('invalid_request');
    expect(details).toEqual({ fields: [{ field: 'inputs', reason: 'is not known here' }] });
  });

  it('with a key that was used is refused; a key of which no job came is good again', async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'once' };
    const post = (workflow: unknown) => api.gateway.post('/api/v2/jobs', { workflow }, { headers });
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
    const { id } = await at.submit(slow());
    await at.until(id, 'running');
    await at.submit(slow());
    const full = await at.gateway.post('/api/v2/jobs', { workflow: slow() });
    expect((held('postJobs', 429, full) as Refusal).error.code).toBe('queue_full');
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0);
    await at.cancel(id);
  });

  it('waits for no engine that has never been up', async () => {
    const at = await start({ scenario: 'never-ready', waitUntilReady: false });
    await at.gateway.untilListening();
    const early = await at.gateway.post('/api/v2/jobs', { workflow: quick() });
    expect(early.status).toBe(503);
    expect(schemaViolations('ErrorEnvelope', early.json)).toEqual([]);
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('may bring what the contract reserves only where that is allowed', async () => {
    const at = await start({ env: { API_V2_EXTENSIONS: 'false' } });
    const webhook_url = 'https://example.com/hook';
    const { details } = await at.refused(422, { workflow: quick(), webhook_url, priority: 1 });
    expect(details).toEqual({
      fields: [
        { field: 'priority', reason: 'is not accepted here' },
        { field: 'webhook_url', reason: 'is not accepted here' },
      ],
    });
    await at.submit(quick());
  });

  it('names no address that may not be called', async () => {
    const webhook_url = 'http://127.0.0.1:9/hook';
    const { code, details } = await api.refused(422, { workflow: quick(), webhook_url });
    expect(code).toBe('invalid_request');
    expect(details).toMatchObject({ fields: [{ field: 'webhook_url' }] });
  });
});

describe('an asset in a workflow', () => {
  it('is a file of the engine while the job runs, and stays as long as the job needs it', async () => {
    const at = await start({ emulator: ['--step-ms', '50'], env: { COMFY_MAX_IN_FLIGHT: '1' } });
    const picture = await at.uploadPicture();
    const blocking = await at.submit(slow());
    await at.until(blocking.id, 'running');
    const { id } = await at.submit(saving(asset(picture)));
    const remove = () => fetch(`${at.gateway.url}/api/v2/assets/${picture}`, { method: 'DELETE' });
    expect((await remove()).status).toBe(409);
    await at.cancel(blocking.id);
    const job = await at.until(id, 'succeeded');
    const content = await fetch(job.outputs[0]?.url ?? '');
    const { width, height } = await sharp(Buffer.from(await content.arrayBuffer())).metadata();
    expect([width, height]).toEqual([12, 9]);
    expect((await remove()).status).toBe(204);
    await eventually(
      async () =>
        (await readdir(at.gateway.workspace.input)).every((name) => !name.startsWith('gateway-')),
      'no input is left',
    );
  });

  it.each([asset('nobody'), { __type: 'core/ASSET', info: {} }])(
    'that is not there is refused: %j',
    async (reference) => {
      const { code, details } = await api.refused(422, { workflow: saving(reference) });
      expect(code).toBe('missing_asset');
      expect(details).toEqual({
        node_errors: { '1': [{ field: 'image', reason: 'missing_asset' }] },
      });
    },
  );
});
