import { mkdir, readdir, readFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';

import {
  eventually,
  launch,
  openFilesBelow,
  residentMb,
  type LaunchedGateway,
} from '@gateway/testing';
import { blake3 } from 'hash-wasm';

type Json = Readonly<Record<string, unknown>>;

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json & { readonly error?: { readonly code: string; readonly message: string } };
}

let gateway: LaunchedGateway;
const more: LaunchedGateway[] = [];

beforeAll(async () => {
  // Bodies may be small, uploads need not be.
  gateway = await launch({
    env: { MAX_BODY_SIZE_MB: '1', ASSETS_MAX_UPLOAD_MB: '80', TRUST_PROXY: 'loopback' },
  });
});

afterEach(async () => {
  await Promise.all(more.splice(0).map((one) => one.stop()));
});

afterAll(() => gateway.stop());

async function answered(response: Response): Promise<Answered> {
  const words = await response.text();
  const body = words === '' ? {} : (JSON.parse(words) as Json);
  return { status: response.status, headers: response.headers, body };
}

type Fields = Readonly<Record<string, string | readonly string[]>>;
const PNG: Fields = { content_type: 'image/png', file_path: 'photo.png' };

async function upload(
  bytes: string | Uint8Array<ArrayBuffer>,
  fields: Fields = PNG,
  headers: Readonly<Record<string, string>> = {},
  at = gateway,
): Promise<Answered> {
  const form = new FormData();
  // The file comes first: what it is called comes after it.
  form.append('file', new Blob([bytes]), 'ignored.bin');
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) form.append(name, one);
  }
  const init = { method: 'POST', body: form, headers };
  return answered(await fetch(`${at.url}/api/v2/assets`, init));
}

async function call(method: string, path: string, headers: Readonly<Record<string, string>> = {}) {
  return fetch(`${gateway.url}/api/v2${path}`, { method, headers });
}

async function fromHash(body: Json): Promise<Answered> {
  const response = await fetch(`${gateway.url}/api/v2/assets/from-hash`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answered(response);
}

async function blobFiles(at = gateway): Promise<readonly string[]> {
  const dir = join(at.workspace.state, `assets-${at.ports.gateway}`);
  const names = await readdir(dir, { recursive: true });
  return names.filter((name) => name !== 'incoming');
}

let counter = 0;
/** Bytes that nobody has brought before. */
const fresh = (): string => `bytes no. ${(counter += 1)}`;

describe('POST /api/v2/assets', () => {
  it('keeps a file, and gives it back under the address it names', async () => {
    const bytes = fresh();
    const { status, body } = await upload(bytes, { ...PNG, tags: ['input', 'cats'] });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      hash: `blake3:${await blake3(bytes)}`,
      size_bytes: bytes.length,
      content_type: 'image/png',
      file_path: 'photo.png',
      created_new: true,
      created_at: expect.stringMatching(/Z$/),
      url: `${gateway.url}/api/v2/assets/${body['id'] as string}/content`,
      url_expires_at: expect.stringMatching(/Z$/),
      expires_at: expect.stringMatching(/Z$/),
    });
    const content = await fetch(body['url'] as string);
    expect(await content.text()).toBe(bytes);
    const got = await answered(await call('GET', `/assets/${body['id'] as string}`));
    const { created_at, expires_at, hash, url } = body;
    expect(got).toMatchObject({ status: 200, body: { created_at, expires_at, hash, url } });
    expect(got.body).not.toHaveProperty('created_new');
  });

  it('answers 200 for bytes that are here, with an asset of its own', async () => {
    const bytes = fresh();
    const first = await upload(bytes);
    const second = await upload(bytes);
    expect(second).toMatchObject({ status: 200, body: { created_new: false } });
    expect(second.body['id']).not.toBe(first.body['id']);
  });

  it('keeps it for as long as it asks for', async () => {
    const { body } = await upload(fresh(), { ...PNG, expires_in: '120' });
    const lifeMs =
      Date.parse(body['expires_at'] as string) - Date.parse(body['created_at'] as string);
    expect(lifeMs).toBe(120_000);
    expect(Date.parse(body['url_expires_at'] as string)).toBeLessThanOrEqual(
      Date.parse(body['expires_at'] as string),
    );
  });

  it('takes what is larger than a body may be, and holds little of it', async () => {
    const before = residentMb(gateway.process.pid);
    let most = before;
    const sampling = setInterval(() => {
      most = Math.max(most, residentMb(gateway.process.pid));
    }, 20);
    const { status, body } = await upload(new Uint8Array(64 * 2 ** 20).fill(7));
    clearInterval(sampling);
    expect(status).toBe(201);
    expect(body['size_bytes']).toBe(64 * 2 ** 20);
    expect(most - before).toBeLessThan(60);
    await call('DELETE', `/assets/${body['id'] as string}`);
  });

  it.each<[string, Fields, number, string]>([
    ['no type', { file_path: 'a.png' }, 422, 'invalid_request'],
    ['no name', { content_type: 'image/png' }, 422, 'invalid_request'],
    ['a type that is none', { ...PNG, content_type: 'png' }, 422, 'invalid_request'],
    ['a name that leads elsewhere', { ...PNG, file_path: '../a.png' }, 422, 'invalid_request'],
    ['too short a life', { ...PNG, expires_in: '59' }, 422, 'invalid_request'],
    ['too long a life', { ...PNG, expires_in: '604801' }, 422, 'invalid_request'],
    ['a life that is no number', { ...PNG, expires_in: 'soon' }, 422, 'invalid_request'],
    ['other bytes than it says', { ...PNG, expected_hash: 'blake3:00' }, 409, 'hash_mismatch'],
    [
      'a model, where none may come',
      { ...PNG, file_path: 'models/checkpoints/a.safetensors' },
      403,
      'forbidden',
    ],
  ])('refuses %s, and keeps nothing', async (_what, fields, status, code) => {
    const before = await blobFiles();
    const answer = await upload(fresh(), fields);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: { code, message: expect.any(String) } });
    expect(await blobFiles()).toEqual(before);
  });

  it('refuses what is too large, and keeps nothing', async () => {
    const before = await blobFiles();
    const answer = await upload(new Uint8Array(81 * 2 ** 20));
    expect([answer.status, answer.body.error?.code]).toEqual([413, 'payload_too_large']);
    expect(await blobFiles()).toEqual(before);
    expect((await upload(fresh())).status).toBe(201);
  });

  it('refuses a form without a file, and what is no form', async () => {
    const form = new FormData();
    form.append('content_type', 'image/png');
    for (const body of [form, '{}', '--x\r\nbroken']) {
      const headers: Record<string, string> =
        body instanceof FormData
          ? {}
          : {
              'content-type':
                body === '{}' ? 'application/json' : 'multipart/form-data; boundary=x',
            };
      const response = await fetch(`${gateway.url}/api/v2/assets`, {
        method: 'POST',
        body,
        headers,
      });
      const answer = await answered(response);
      expect([answer.status, answer.body.error?.code]).toEqual([422, 'invalid_request']);
    }
  });

  it('refuses a second file, and one under another name', async () => {
    const before = await blobFiles();
    for (const names of [['file', 'file'], ['picture']]) {
      const form = new FormData();
      for (const name of names) form.append(name, new Blob([fresh()]), 'a.png');
      for (const [name, value] of Object.entries(PNG)) form.append(name, value);
      const response = await fetch(`${gateway.url}/api/v2/assets`, { method: 'POST', body: form });
      expect((await answered(response)).status).toBe(422);
    }
    expect(await blobFiles()).toEqual(before);
  });

  it('keeps nothing of an upload whose client went away', async () => {
    const before = await blobFiles();
    const half = startUpload('key-of-an-aborted-upload');
    half.write('x'.repeat(1_000_000));
    await eventually(async () => (await blobFiles()).length > before.length, 'bytes arrive');
    half.destroy();
    await eventually(async () => (await blobFiles()).length === before.length, 'they are removed');
    // Nothing came of it: its key is good again.
    const headers = { 'idempotency-key': 'key-of-an-aborted-upload' };
    expect((await upload(fresh(), PNG, headers)).status).toBe(201);
  });

  it('does a request with a key once', async () => {
    const headers = { 'idempotency-key': 'once' };
    const refused = await upload(fresh(), { file_path: 'a.png' }, headers);
    expect(refused.body.error?.code).toBe('invalid_request');
    expect((await upload(fresh(), PNG, headers)).status).toBe(201);
    const again = await upload(fresh(), PNG, headers);
    expect([again.status, again.body.error?.code]).toEqual([422, 'idempotency_key_reuse']);
  });

  it('lets no forms in at other doors', async () => {
    const response = await fetch(`${gateway.url}/prompt`, { method: 'POST', body: new FormData() });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ code: 'request.unsupported_media_type' });
  });

  function startUpload(key: string) {
    const started = httpRequest(`${gateway.url}/api/v2/assets`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b', 'idempotency-key': key },
    });
    started.on('error', () => undefined);
    started.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n');
    return started;
  }
});

describe('bytes that are here already', () => {
  it('are found by their hash, and need not be sent again', async () => {
    const { body } = await upload(fresh());
    const hash = body['hash'] as string;
    const found = await call('HEAD', `/assets/by-hash/${encodeURIComponent(hash)}`);
    expect(found.status).toBe(200);
    const minted = await fromHash({
      hash,
      file_path: 'other.png',
      tags: ['input'],
      expires_in: 60,
    });
    expect(minted).toMatchObject({
      status: 201,
      body: { hash, file_path: 'other.png', content_type: 'image/png', created_new: false },
    });
    const again = await fromHash({ hash, file_path: 'other.png', tags: ['input'] });
    expect(again.status).toBe(200);
    expect(again.body['id']).toBe(minted.body['id']);
    expect(Date.parse(again.body['expires_at'] as string)).toBeGreaterThan(
      Date.parse(minted.body['expires_at'] as string),
    );
  });

  it('are not there when nobody brought them', async () => {
    const hash = `blake3:${'0'.repeat(64)}`;
    expect((await call('HEAD', `/assets/by-hash/${hash}`)).status).toBe(404);
    const minted = await fromHash({ hash });
    expect([minted.status, minted.body.error?.code]).toEqual([404, 'blob_not_found']);
    const invalid = await fromHash({ hash, expires_in: 59 });
    expect([invalid.status, invalid.body.error?.code]).toEqual([422, 'invalid_request']);
  });
});

describe('an asset', () => {
  it('is deleted once, without harm to others over the same bytes', async () => {
    const bytes = fresh();
    const [one, two] = [await upload(bytes), await upload(bytes)];
    const path = `/assets/${one.body['id'] as string}`;
    expect((await call('DELETE', path)).status).toBe(204);
    for (const method of ['DELETE', 'GET']) {
      const gone = await answered(await call(method, path));
      expect([gone.status, gone.body.error?.code]).toEqual([404, 'not_found']);
    }
    expect(await (await fetch(two.body['url'] as string)).text()).toBe(bytes);
  });

  it('is given in ranges, and not again to who has it', async () => {
    const { body } = await upload('0123456789');
    const path = `/assets/${body['id'] as string}/content`;
    const whole = await call('GET', path);
    const etag = whole.headers.get('etag')!;
    expect(await whole.text()).toBe('0123456789');
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': '10',
      'content-type': 'image/png',
      'content-disposition': 'inline; filename="photo.png"',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
    });
    const ranges: readonly (readonly [string, string, string])[] = [
      ['bytes=2-5', '2345', 'bytes 2-5/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=0-999', '0123456789', 'bytes 0-9/10'],
    ];
    for (const [range, expected, contentRange] of ranges) {
      const part = await call('GET', path, { range, 'if-range': etag });
      expect([part.status, await part.text()]).toEqual([206, expected]);
      expect(part.headers.get('content-range')).toBe(contentRange);
    }
    const outside = await call('GET', path, { range: 'bytes=10-' });
    expect([outside.status, outside.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    expect(await outside.json()).toMatchObject({ error: { code: 'range_not_satisfiable' } });
    const same = await call('GET', path, { 'if-none-match': etag });
    expect([same.status, await same.text()]).toEqual([304, '']);
    const head = await call('HEAD', path);
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
    expect(head.headers.get('etag')).toBe(etag);
  });

  it('of a page that somebody uploaded is nothing that a browser runs', async () => {
    const page = { content_type: 'text/html', file_path: 'evil.html' };
    const { body } = await upload(`<script>${fresh()}</script>`, page);
    const { headers } = await fetch(body['url'] as string);
    expect(headers.get('content-type')).toBe('text/html');
    expect(headers.get('content-disposition')).toBe('attachment; filename="evil.html"');
    expect(headers.get('content-security-policy')).toMatch(/sandbox/);
  });

  it('is let go of by the gateway when a client hangs up in the middle of it', async () => {
    const { body } = await upload(new Uint8Array(40 * 2 ** 20).fill(counter++));
    const id = body['id'] as string;
    const response = await new Promise<IncomingMessage>((resolve) => {
      httpRequest(body['url'] as string, resolve).end();
    });
    const dir = join(gateway.workspace.state, `assets-${gateway.ports.gateway}`);
    const open = (): number => openFilesBelow(gateway.process.pid, dir).length;
    expect(open()).toBe(1);
    response.destroy();
    await eventually(() => open() === 0, 'the file is closed');
    await call('DELETE', `/assets/${id}`);
  });

  it('has its address where the proxy that is trusted says', async () => {
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'gpu.example.com' };
    const { body } = await upload(fresh(), PNG, headers);
    expect(body['url']).toMatch(/^https:\/\/gpu\.example\.com\/api\/v2\/assets\//);
  });
});

describe('below /api/v2', () => {
  it.each([
    ['GET', '/nothing'],
    ['PUT', '/assets'],
    ['GET', ''],
  ])('%s %s is no operation, in the words of the contract', async (method, path) => {
    const answer = await answered(await call(method, path));
    expect([answer.status, answer.body.error?.code]).toEqual([404, 'not_found']);
  });

  it('refuses bodies that are too large or no JSON in the words of the contract', async () => {
    const post = async (body: string) =>
      answered(
        await fetch(`${gateway.url}/api/v2/assets/from-hash`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        }),
      );
    const large = await post(JSON.stringify({ hash: 'x'.repeat(2 ** 20) }));
    expect([large.status, large.body.error?.code]).toEqual([413, 'payload_too_large']);
    const broken = await post('{');
    expect([broken.status, broken.body.error?.code]).toEqual([422, 'invalid_request']);
  });

  it('is described in the document, under the names of the contract', async () => {
    const { json } = await gateway.get('/docs/json');
    const paths = json['paths'] as Readonly<Record<string, Readonly<Record<string, Json>>>>;
    const operations = Object.entries(paths)
      .filter(([path]) => path.startsWith('/api/v2/assets'))
      .flatMap(([, methods]) => Object.values(methods).map((one) => one['operationId']));
    expect(operations.sort()).toEqual([
      'assetFromHash',
      'deleteAsset',
      'getAsset',
      'getAssetContent',
      'headAssetByHash',
      'postAssets',
    ]);
  });
});

describe('a gateway that was killed', () => {
  it('has every asset that it acknowledged, and nothing half', async () => {
    const first = await launch({ env: { PUBLIC_URL: 'https://gpu.example.com/comfy/' } });
    const kept = await upload('kept', PNG, {}, first);
    expect(kept.body['url']).toBe(
      `https://gpu.example.com/comfy/api/v2/assets/${kept.body['id'] as string}/content`,
    );
    const half = httpRequest(`${first.url}/api/v2/assets`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b', 'idempotency-key': 'half' },
    });
    half.on('error', () => undefined);
    half.write(
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf of it',
    );
    await eventually(async () => (await blobFiles(first)).length === 2, 'bytes arrive');
    const key = { 'idempotency-key': 'half' };
    expect((await upload('other', PNG, key, first)).body.error?.code).toBe('idempotency_key_reuse');
    first.process.signal('SIGKILL');
    await first.process.exited;
    const { workspace, ports } = first;
    const second = await launch({ workspace, ports });
    more.push(second);
    expect(await blobFiles(second)).toHaveLength(1);
    const path = `${second.url}/api/v2/assets/${kept.body['id'] as string}/content`;
    expect(await (await fetch(path)).text()).toBe('kept');
    // Nothing came of the one with that key; something comes of this one.
    expect((await upload('whole', PNG, key, second)).status).toBe(201);
    expect((await upload('more', PNG, key, second)).status).toBe(422);
  });
});

describe('models', () => {
  it('come in where that is allowed, whole, checked, and never over another', async () => {
    const open = await launch({ env: { ASSETS_ALLOW_MODELS: 'true' } });
    more.push(open);
    const models = join(open.workspace.base, 'models');
    await mkdir(join(models, 'loras'), { recursive: true });
    const model = (filePath: string) => ({
      content_type: 'application/octet-stream',
      file_path: filePath,
    });
    const bytes = safetensors('abcdefgh');
    const put = await upload(bytes, model('models/loras/x.safetensors'), {}, open);
    expect(put).toMatchObject({ status: 201, body: { file_path: 'models/loras/x.safetensors' } });
    expect(await readFile(join(models, 'loras', 'x.safetensors'))).toEqual(Buffer.from(bytes));
    const over = await upload(
      safetensors('ABCDEFGH'),
      model('models/loras/x.safetensors'),
      {},
      open,
    );
    expect([over.status, over.body.error?.code]).toEqual([409, 'model_exists']);
    const cut = await upload(bytes.slice(0, -1), model('models/loras/y.safetensors'), {}, open);
    expect([cut.status, cut.body.error?.code]).toEqual([422, 'invalid_model']);
    expect(await readdir(join(models, 'loras'))).toEqual(['x.safetensors']);
  });

  function safetensors(data: string): Uint8Array<ArrayBuffer> {
    const header = JSON.stringify({ w: { dtype: 'U8', shape: [8], data_offsets: [0, 8] } });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    return new Uint8Array(Buffer.concat([length, Buffer.from(header + data)]));
  }
});

describe('files beyond STATE_MAX_GB', () => {
  it('push out the oldest, never what they cannot replace', async () => {
    const small = await launch({ env: { STATE_MAX_GB: '0.002' } });
    more.push(small);
    const file = (size: number, fill: number) => new Uint8Array(size).fill(fill);
    const statusOf = async (id: unknown) =>
      (await fetch(`${small.url}/api/v2/assets/${id as string}`)).status;
    const first = await upload(file(800_000, 1), PNG, {}, small);
    const second = await upload(file(800_000, 2), PNG, {}, small);
    expect([first.status, second.status]).toEqual([201, 201]);
    const tooMuch = await upload(file(4_000_000, 3), PNG, {}, small);
    expect([tooMuch.status, tooMuch.body.error?.code]).toEqual([413, 'payload_too_large']);
    expect(await statusOf(first.body['id'])).toBe(200);
    expect((await upload(file(800_000, 4), PNG, {}, small)).status).toBe(201);
    expect([await statusOf(first.body['id']), await statusOf(second.body['id'])]).toEqual([
      404, 200,
    ]);
    expect(await blobFiles(small)).toHaveLength(2);
  });
});
