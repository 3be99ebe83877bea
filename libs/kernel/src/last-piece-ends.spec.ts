import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { LastPieceEnds } from './last-piece-ends';

/** More than a socket takes without its reader. */
const LARGE = Buffer.alloc(32 * 1024 * 1024, 'x');

let server: Server;
let client: Socket;
let response: ServerResponse;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  const asked = once(server, 'request');
  client.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
  [, response] = (await asked) as [unknown, ServerResponse];
});

afterEach(() => {
  client.destroy();
  server.close();
});

it('sends all pieces', async () => {
  response.writeHead(200, { 'content-length': '6' });
  await pipeline(
    Readable.from([Buffer.from('abc'), Buffer.from('def')]),
    new LastPieceEnds(response),
  );
  const [answer] = (await once(client, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/\r\n\r\nabcdef$/);
});

it('sends an answer of no pieces', async () => {
  response.writeHead(200, { 'content-length': '0' });
  await pipeline(Readable.from([]), new LastPieceEnds(response));
  expect(response.writableFinished).toBe(true);
});

it.each([1, 3])('fails when the client left before the first of %i pieces', async (count) => {
  client.destroy();
  await once(response, 'close');
  const bytes = new PassThrough();
  const sending = pipeline(bytes, new LastPieceEnds(response));
  for (let n = 0; n < count; n += 1) bytes.write('piece');
  bytes.end();
  await expect(sending).rejects.toThrow('the client left');
  expect(bytes.destroyed).toBe(true);
});

it.each([1, 2])('fails when the client leaves in the last of %i pieces', async (count) => {
  const pieces = [...Array.from({ length: count - 1 }, () => Buffer.from('abc')), LARGE];
  const sending = pipeline(Readable.from(pieces), new LastPieceEnds(response));
  await once(client, 'readable');
  client.resetAndDestroy();
  await expect(sending).rejects.toThrow();
});

it('does not mind a client who leaves when he has all', async () => {
  response.writeHead(200, { 'content-length': '6' });
  client.on('data', (piece) => {
    if (piece.toString().endsWith('abcdef')) client.resetAndDestroy();
  });
  await pipeline(
    Readable.from([Buffer.from('abc'), Buffer.from('def')]),
    new LastPieceEnds(response),
  );
});
