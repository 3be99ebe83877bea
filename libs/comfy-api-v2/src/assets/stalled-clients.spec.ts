import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request as ask, type ClientRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { Readable } from 'node:stream';

import { ASSET_MIGRATIONS, AssetService } from '@gateway/assets';
import { silentLog } from '@gateway/kernel';
import { IDEMPOTENCY_MIGRATIONS, IdempotencyKeys, StateDatabase } from '@gateway/state';
import { eventually, openFilesBelow } from '@gateway/testing';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

import { acceptUploads } from '../accept-uploads';
import { COMFY_API_V2_OPTIONS, type ComfyApiV2Options } from '../comfy-api-v2.module-definition';
import { PublicUrls } from '../public-urls';
import { AssetsController } from './assets.controller';
import { UploadsUnderWay } from './uploads-under-way';

let root: string;
let database: StateDatabase;
let assets: AssetService;
let app: NestFastifyApplication;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'stalled-'));
  database = StateDatabase.open({
    file: ':memory:',
    synchronous: 'NORMAL',
    migrations: [...IDEMPOTENCY_MIGRATIONS, ...ASSET_MIGRATIONS],
  });
  assets = new AssetService({
    database,
    blobDir: join(root, 'blobs'),
    defaultRetentionS: null,
    maxUploadBytes: 1e9,
    models: { areAllowed: false, dir: join(root, 'models'), folders: [] },
    log: silentLog,
  });
  await assets.start();
});

afterEach(async () => {
  await app.close();
  await assets.stop();
  await database.close();
  await rm(root, { recursive: true });
});

async function serve(stalledAfterMs: number): Promise<void> {
  const options: ComfyApiV2Options = {
    maxUploadBytes: 1e9,
    stalledAfterMs,
    extensions: true,
    maxStreams: 10,
    jobRetentionMs: 0,
    keys: new IdempotencyKeys(database),
    log: silentLog,
  };
  @Module({
    controllers: [AssetsController],
    providers: [
      UploadsUnderWay,
      { provide: AssetService, useValue: assets },
      { provide: PublicUrls, useValue: new PublicUrls(undefined) },
      { provide: COMFY_API_V2_OPTIONS, useValue: options },
    ],
  })
  class Door {}
  app = await NestFactory.create<NestFastifyApplication>(
    Door,
    new FastifyAdapter({ forceCloseConnections: true }),
    { logger: false, bodyParser: false },
  );
  acceptUploads(app);
  await app.listen(0, '127.0.0.1');
}

function send(method: string, path: string, headers = {}): ClientRequest {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const sent = ask({ host: '127.0.0.1', port, path: `/api/v2${path}`, method, headers });
  return sent.on('error', () => undefined);
}

/** A form that begins and does not go on. */
function halfAForm(): ClientRequest {
  const upload = send('POST', '/assets', { 'content-type': 'multipart/form-data; boundary=b' });
  upload.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n');
  upload.write('x'.repeat(100_000));
  return upload;
}

const incoming = (): Promise<readonly string[]> => readdir(join(root, 'blobs', 'incoming'));

async function answerTo(request: ClientRequest): Promise<unknown> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return [response.statusCode, await json(response)];
}

it('gives up an upload of which nothing more comes, and keeps nothing of it', async () => {
  await serve(50);
  const upload = halfAForm();
  const answer = await answerTo(upload);
  expect(answer).toMatchObject([422, { error: { code: 'invalid_request' } }]);
  await eventually(async () => (await incoming()).length === 0, 'its bytes are removed');
  upload.destroy();
});

it('ends uploads with the gateway, those that come later too', async () => {
  await serve(600_000);
  const upload = halfAForm();
  await eventually(async () => (await incoming()).length === 1, 'bytes arrive');
  app.get(UploadsUnderWay).end();
  const refused = [503, { error: { code: 'service_unavailable' } }];
  expect(await answerTo(upload)).toMatchObject(refused);
  const late = halfAForm();
  expect(await answerTo(late)).toMatchObject(refused);
  for (const request of [upload, late]) request.destroy();
  await eventually(async () => (await incoming()).length === 0, 'their bytes are removed');
});

it('gives up a download of which nothing is taken, and closes its file', async () => {
  await serve(50);
  const bytes = Readable.from(pieces(), { objectMode: false });
  const fields = { contentType: 'image/png', filePath: 'large.png' };
  const { asset } = await assets.upload('default', bytes, fields);
  const download = send('GET', `/assets/${asset.id}/content`).end();
  const [response] = (await once(download, 'response')) as [IncomingMessage];
  response.pause();
  const broken = once(response, 'end').catch((error: unknown) => error);
  const open = (): number => openFilesBelow(process.pid, join(root, 'blobs')).length;
  await eventually(() => open() === 0, 'the file is closed');
  response.resume();
  expect(await broken).toMatchObject({ message: 'aborted' });
});

/** More than the buffers between us take. */
function* pieces(): Generator<Buffer> {
  for (let n = 0; n < 64; n += 1) yield Buffer.alloc(2 ** 20, n);
}
