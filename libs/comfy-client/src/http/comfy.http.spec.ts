import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ComfyHttpError, ComfyUnreachableError } from '../comfy-client.errors';
import { ComfyHttp } from './comfy.http';

describe('ComfyHttp', () => {
  let server: Server;
  let http: ComfyHttp;
  let respond: RequestListener;

  beforeEach(async () => {
    respond = (_request, response) => response.end('{}');
    server = createServer((request, response) => {
      respond(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    http = new ComfyHttp({ baseUrl: `http://127.0.0.1:${port}/comfy/`, requestTimeoutMs: 100 });
  });

  afterEach(async () => {
    await http.close();
    server.closeAllConnections();
    server.close();
  });

  function answer(body: string, status = 200): void {
    respond = (_request, response) => {
      response.statusCode = status;
      response.end(body);
    };
  }

  it('probes by the queue length and never throws', async () => {
    answer('{"exec_info":{"queue_remaining":3}}');
    expect(await http.probe()).toBe(true);
    answer('<html>something else</html>');
    expect(await http.probe()).toBe(false);
    server.closeAllConnections();
    server.close();
    expect(await http.probe()).toBe(false);
  });

  it('goes through the path of its base address', async () => {
    const paths: (string | undefined)[] = [];
    respond = (request, response) => {
      paths.push(request.url);
      response.end('{}');
    };
    await http.history('an id');
    expect(paths).toEqual(['/comfy/history/an%20id']);
  });

  it('says that nobody answered when the deadline passes', async () => {
    respond = () => undefined;
    const failure = http.queue();
    await expect(failure).rejects.toBeInstanceOf(ComfyUnreachableError);
    await expect(failure).rejects.toMatchObject({
      code: 'comfy.unreachable',
      mayHaveArrived: true,
    });
    await expect(failure).rejects.toThrow(/no answer within 100 ms/);
  });

  it('counts a body that never ends against the deadline', async () => {
    respond = (_request, response) => response.write('{"queue_running":');
    await expect(http.queue()).rejects.toBeInstanceOf(ComfyUnreachableError);
  });

  it('throws the reason of the signal, before and while it asks', async () => {
    respond = () => undefined;
    const abort = new AbortController();
    const waiting = http.queue(abort.signal);
    abort.abort(new Error('changed my mind'));
    await expect(waiting).rejects.toThrow('changed my mind');
    await expect(http.queue(abort.signal)).rejects.toThrow('changed my mind');
  });

  it('keeps the status and the beginning of an answer it did not ask for', async () => {
    answer('x'.repeat(1000), 500);
    const failure = http.objectInfo();
    await expect(failure).rejects.toBeInstanceOf(ComfyHttpError);
    await expect(failure).rejects.toMatchObject({ status: 500, body: 'x'.repeat(300) });
  });

  it.each(['{"queue_running":[]}', '{"queue_running":[],"queue_pending":[null]}'])(
    'takes no queue of another shape: %s',
    async (body) => {
      answer(body);
      await expect(http.queue()).rejects.toBeInstanceOf(ComfyHttpError);
    },
  );

  it.each(['{"p":{"outputs":{}}}', '{"p":{"prompt":[1,"p"]}}', '{"p":null}'])(
    'takes no history of another shape: %s',
    async (body) => {
      answer(body);
      await expect(http.history('p')).rejects.toBeInstanceOf(ComfyHttpError);
    },
  );

  it('reads bare NaN and integers beyond 2^53', async () => {
    answer('{"KSampler":{"max":18446744073709551615,"step":NaN}}');
    expect(await http.objectInfo()).toEqual({
      KSampler: { max: 18446744073709551615n, step: null },
    });
  });

  it('tells the version, and only what is not private to the host', async () => {
    answer('{"system":{"comfyui_version":"0.3.64","argv":["--secret"]},"devices":[]}');
    expect(await http.systemStats()).toEqual({ version: '0.3.64', devices: [] });
  });

  it('lets a body that breaks before anyone reads it break quietly', async () => {
    respond = (_request, response) => {
      response.writeHead(200, { 'content-length': '100', 'content-type': 'image/png' });
      response.write('half');
      setTimeout(() => response.destroy(), 10);
    };
    const file = await http.view({ filename: 'a.png', subfolder: '', type: 'output' });
    expect(file).toMatchObject({ sizeBytes: 100, contentType: 'image/png' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(file.body.toArray()).rejects.toThrow();
  });
});
