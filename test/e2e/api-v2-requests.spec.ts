import { request as httpRequest } from 'node:http';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { aPrompt, eventually, launch, type LaunchedGateway } from '@gateway/testing';

import { violations } from '../comfy-api-v2';

let gateway: LaunchedGateway;

beforeAll(async () => {
  gateway = await launch({ emulator: ['--step-ms', '50'] });
});

afterAll(() => gateway.stop());

async function ask(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(gateway.url + path, { method, ...init });
}

async function submitted(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const workflow = aPrompt().sampled({ steps: 400 }).build();
  const { status, json } = await gateway.post('/api/v2/jobs', { workflow, ...fields });
  expect(status).toBe(201);
  return json.id;
}

async function uploaded(): Promise<string> {
  const form = new FormData();
  form.append('content_type', 'text/plain');
  form.append('file_path', 'note.txt');
  form.append('file', new Blob(['note']), 'note.txt');
  const response = await ask('POST', '/api/v2/assets', { body: form });
  return ((await response.json()) as { readonly id: string }).id;
}

/** What clients send along where nothing is read; `curl -X POST -d ''` sends a form. */
const BODIES: readonly (readonly [string, RequestInit])[] = [
  ['an empty one of JSON', { headers: { 'content-type': 'application/json' } }],
  ['an empty form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: '' }],
  ['a form', { body: new URLSearchParams({ really: 'yes' }) }],
  ['half of a JSON text', { headers: { 'content-type': 'application/json' }, body: '{"a": ' }],
  ['bytes', { headers: { 'content-type': 'application/octet-stream' }, body: 'xyz' }],
  ['one of no type', { headers: { 'content-type': '' }, body: 'xyz' }],
];

describe('a body where none is read', () => {
  it.each(BODIES)('keeps no job from being canceled: %s', async (_, init) => {
    const id = await submitted();
    const response = await ask('POST', `/api/v2/jobs/${id}/cancel`, init);
    const body: unknown = await response.json();
    expect([response.status, violations('cancelJob', response.status, body)]).toEqual([200, []]);
  });

  it.each(BODIES)('keeps no asset from being deleted: %s', async (_, init) => {
    const response = await ask('DELETE', `/api/v2/assets/${await uploaded()}`, init);
    expect(response.status).toBe(204);
  });

  it('is no reason to say anything but that there is no such operation', async () => {
    const body = new URLSearchParams({ a: 'b' });
    const response = await ask('POST', '/api/v2/nothing', { body });
    expect(response.status).toBe(404);
  });
});

describe('an empty body where one is read', () => {
  it('lacks what is needed, at either door', async () => {
    const headers = { 'content-type': 'application/json' };
    const job = await ask('POST', '/api/v2/jobs', { headers });
    expect([job.status, violations('postJobs', 422, await job.json())]).toEqual([422, []]);
    for (const path of ['/prompt', '/interrupt']) {
      const response = await ask('POST', path, { headers });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        code: 'request.invalid',
        error: expect.stringMatching(/^(?:body|prompt|id): /) as string,
      });
    }
  });
});

describe('an address', () => {
  it('has room for every id that a job may have', async () => {
    const id = 'order-'.padEnd(128, '4');
    const workflow = aPrompt().build();
    expect((await gateway.prompt(workflow, { id })).status).toBe(200);
    for (const path of [`/api/v2/jobs/${id}`, `/api/v2/jobs/${id}/workflow`]) {
      expect((await ask('GET', path)).status).toBe(200);
    }
    expect((await ask('GET', `/api/v2/jobs/%6F${id.slice(1)}`)).status).toBe(200);
  });

  it.each([
    ['is no text', '%E0%A4%A'],
    ['is longer than any id', 'x'.repeat(2_000)],
  ])('that %s names no job, in the words of the contract', async (_, id) => {
    for (const [operation, method, path] of [
      ['getJob', 'GET', id],
      ['cancelJob', 'POST', `${id}/cancel`],
    ] as const) {
      const response = await ask(method, `/api/v2/jobs/${path}`);
      const body: unknown = await response.json();
      expect([response.status, violations(operation, 404, body)]).toEqual([404, []]);
      expect(body).toMatchObject({ error: { code: 'not_found' } });
    }
  });

  it('that is no text is told in the words of the other doors', async () => {
    const response = await ask('GET', '/workflows/%E0%A4%A');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'request.invalid', location: 'path' });
  });
});

describe('an upload that does not go on', () => {
  it('holds up no shutdown', async () => {
    const at = await launch({ env: { SHUTDOWN_GRACE_S: '600' } });
    const upload = httpRequest(`${at.url}/api/v2/assets`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    });
    upload.on('error', () => undefined);
    upload.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx');
    const incoming = join(at.workspace.state, `assets-${at.ports.gateway}`, 'incoming');
    await eventually(async () => (await readdir(incoming)).length === 1, 'it has begun');
    at.process.signal('SIGTERM');
    expect(await at.process.exited).toMatchObject({ code: 0 });
    await at.stop();
  });
});
