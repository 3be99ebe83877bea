import { getEventListeners, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { eventually, settle } from '@gateway/testing';

import type { OutboundOptions } from './outbound.options';
import type { OutboundRequest, OutboundResponse } from './outbound.request';
import { OutboundBench } from './testing/outbound-bench';

const URL_OF_FILE = 'http://files.test/file?key=secret';

describe('an exchange', () => {
  let bench: OutboundBench;

  beforeEach(async () => {
    bench = await OutboundBench.start();
  });

  afterEach(async () => {
    await bench.stop();
    expect(bench.clock.pending).toBe(0);
  });

  function download(
    order: Partial<OutboundRequest> = {},
    options: Partial<OutboundOptions> = {},
  ): Promise<OutboundResponse> {
    return bench.fetcher(options).download({ url: URL_OF_FILE, trust: 'client', ...order });
  }

  /** A server that has answered with the beginning of a file; what comes next is up to the spec. */
  function beginning(text: string): Promise<ServerResponse> {
    return new Promise((resolve) => {
      bench.web.at(URL_OF_FILE, (_, response) => {
        response.write(text);
        resolve(response);
      });
    });
  }

  describe('has a largest size', () => {
    const TOO_LARGE = {
      code: 'outbound.too_large',
      message: 'what http://files.test sends is larger than 10 bytes',
    };

    it('that an answer may fill', async () => {
      bench.web.at(URL_OF_FILE, (_, response) => response.end('0123456789'));
      expect(await (await download({ maxBytes: 10 })).text()).toBe('0123456789');
    });

    it('that is checked at once where the length is announced', async () => {
      bench.web.at(URL_OF_FILE, (_, response) => {
        response.writeHead(200, { 'content-length': '11' }).write('0');
      });
      await expect(download({ maxBytes: 10 })).rejects.toMatchObject(TOO_LARGE);
      await expect(download({}, { maxBytes: 10 })).rejects.toMatchObject(TOO_LARGE);
    });

    it('that is checked by the bytes where nothing is announced', async () => {
      bench.web.at(URL_OF_FILE, (_, response) => {
        response.write('01234');
        response.end('567890');
      });
      const answer = await download({ maxBytes: 10 });
      await expect(answer.text()).rejects.toMatchObject(TOO_LARGE);
    });

    it('that ends an endless answer, and its connection', async () => {
      const begun = new Promise<ServerResponse>((resolve) => {
        bench.web.at(URL_OF_FILE, (_, response) => {
          Readable.from(endless()).pipe(response);
          resolve(response);
        });
      });
      const answer = await download({ maxBytes: 100_000 });
      await expect(answer.text()).rejects.toMatchObject({ code: 'outbound.too_large' });
      const response = await begun;
      if (!response.destroyed) await once(response, 'close');
    });

    it('and a text may have a smaller one', async () => {
      bench.web.at(URL_OF_FILE, (_, response) => response.end('x'.repeat(11)));
      await expect((await download()).text(10)).rejects.toMatchObject(TOO_LARGE);
    });

    it('which says nothing about a HEAD', async () => {
      bench.web.at(URL_OF_FILE, (_, response) =>
        response.writeHead(200, { 'content-length': '1000000000' }).end(),
      );
      const order = { url: URL_OF_FILE, trust: 'client', method: 'HEAD' } as const;
      const answer = await bench.fetcher().request(order);
      expect(answer.headers['content-length']).toBe('1000000000');
      expect(await answer.text()).toBe('');
    });

    it('after its status: a refusal is told by that', async () => {
      bench.web.at(URL_OF_FILE, (_, response) => response.writeHead(403).end('x'.repeat(100)));
      await expect(download({ maxBytes: 10 })).rejects.toMatchObject({
        code: 'outbound.bad_status',
        status: 403,
      });
    });
  });

  describe('has a deadline', () => {
    const TIMED_OUT = {
      code: 'outbound.timed_out',
      message: 'http://files.test took longer than 500 ms',
    };

    it('for the answer', async () => {
      bench.web.at(URL_OF_FILE, () => undefined);
      const failure = expect(download({ timeoutMs: 500 })).rejects.toMatchObject(TIMED_OUT);
      await eventually(() => bench.web.lines.length === 1, 'the request arrives');
      await bench.clock.advance(500);
      await failure;
    });

    it('in the middle of a body', async () => {
      const begun = beginning('some');
      const answer = await download({}, { timeoutMs: 500 });
      const text = expect(answer.text()).rejects.toMatchObject(TIMED_OUT);
      await bench.clock.advance(499);
      (await begun).write('more');
      await bench.clock.advance(1);
      await text;
      await eventually(async () => (await begun).destroyed, 'the connection is given up');
    });

    it('for a body that nobody reads', async () => {
      const begun = beginning('some');
      const answer = await download({ timeoutMs: 500 });
      await bench.clock.advance(500);
      expect(answer.body.errored).toMatchObject(TIMED_OUT);
      await expect(answer.text()).rejects.toMatchObject(TIMED_OUT);
      await answer.discard();
      await begun;
    });

    it('for a body that is here, but not read', async () => {
      bench.web.at(URL_OF_FILE, 'all of it');
      const answer = await download({ timeoutMs: 500 });
      await settle();
      await bench.clock.advance(500);
      await expect(answer.text()).rejects.toMatchObject(TIMED_OUT);
    });

    it('for all redirects together', async () => {
      bench.web.redirect(URL_OF_FILE, '/slow');
      bench.web.at('http://files.test/slow', () => undefined);
      const failure = expect(download({ timeoutMs: 500 })).rejects.toMatchObject(TIMED_OUT);
      await eventually(() => bench.web.lines.length === 2, 'the redirect is followed');
      await bench.clock.advance(500);
      await failure;
    });

    it('for a redirect whose own body does not end', async () => {
      bench.web.at(URL_OF_FILE, (_, response) =>
        response.writeHead(302, { location: '/next' }).write('wait'),
      );
      const failure = expect(download({ timeoutMs: 500 })).rejects.toMatchObject(TIMED_OUT);
      await eventually(() => bench.web.lines.length === 1, 'the request arrives');
      await settle();
      await bench.clock.advance(500);
      await failure;
    });

    it('for a name that is not resolved, and a connection that does not come about', async () => {
      let asked = false;
      const never = (): Promise<never> => {
        asked = true;
        return new Promise(() => undefined);
      };
      const order = { url: URL_OF_FILE, trust: 'client', timeoutMs: 500 } as const;
      const failure = expect(bench.fetcher({}, never).download(order)).rejects.toMatchObject(
        TIMED_OUT,
      );
      await eventually(() => asked, 'the name is asked for');
      await bench.clock.advance(500);
      await failure;
    });

    it('that is forgotten when the body has ended, whichever way', async () => {
      bench.web.at(URL_OF_FILE, (_, response) => response.end('x'.repeat(100_000)));
      await (await download()).text();
      await (await download()).discard();
      (await download()).body.destroy();
      await expect(download({ maxBytes: 1 })).rejects.toThrow();
      await expect(download({ url: 'http://10.0.0.1/' })).rejects.toThrow();
      await settle();
      expect(bench.clock.pending).toBe(0);
    });
  });

  describe('is cancelled with its job', () => {
    const CANCELLED = new Error('the job was cancelled');

    it('before there is an answer', async () => {
      const job = new AbortController();
      bench.web.at(URL_OF_FILE, () => undefined);
      const failure = expect(download({ signal: job.signal })).rejects.toBe(CANCELLED);
      await eventually(() => bench.web.lines.length === 1, 'the request arrives');
      job.abort(CANCELLED);
      await failure;
      expect(getEventListeners(job.signal, 'abort')).toEqual([]);
    });

    it('in the middle of a body', async () => {
      const job = new AbortController();
      const begun = beginning('some');
      const answer = await download({ signal: job.signal });
      const text = expect(answer.text()).rejects.toBe(CANCELLED);
      await settle();
      job.abort(CANCELLED);
      await text;
      await eventually(async () => (await begun).destroyed, 'the connection is given up');
    });

    it('for reasons that are no errors, too', async () => {
      const job = new AbortController();
      void beginning('some');
      const answer = await download({ signal: job.signal });
      const text = expect(answer.text()).rejects.toBe('enough');
      job.abort('enough');
      await text;
    });

    it('and leaves no listener at the job’s signal when it ends before', async () => {
      const { signal } = new AbortController();
      bench.web.at(URL_OF_FILE, 'file');
      await (await download({ signal })).text();
      await (await download({ signal })).discard();
      await expect(download({ signal, url: 'http://10.0.0.1/' })).rejects.toThrow();
      await settle();
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });
  });

  describe('that breaks off', () => {
    it('fails its reader, without telling the URL', async () => {
      const begun = beginning('some');
      const answer = await download();
      const text = expect(answer.text()).rejects.toMatchObject({
        code: 'outbound.unreachable',
        message: 'http://files.test cannot be reached: the connection was lost',
      });
      (await begun).destroy();
      await text;
    });

    it('does not end the process when nobody reads', async () => {
      const begun = beginning('some');
      const answer = await download();
      (await begun).destroy();
      await eventually(() => answer.body.destroyed, 'the break is noticed');
    });

    it('is not taken for the failure of who wrote it somewhere', async () => {
      void beginning('some');
      const answer = await download();
      const full = new Error('the disk is full');
      const file = new PassThrough({ transform: (_chunk, _encoding, done) => done(full) });
      await expect(pipeline(answer.body, file)).rejects.toBe(full);
      expect(answer.body.destroyed).toBe(true);
    });
  });

  it('is discarded by reading what is left, if it is little', async () => {
    const fetcher = bench.fetcher();
    bench.web.at(URL_OF_FILE, (_, response) => response.end('x'.repeat(10_000)));
    for (let count = 0; count < 3; count++) {
      await (await fetcher.request({ url: URL_OF_FILE, trust: 'client' })).discard();
      await settle();
    }
    expect(bench.web.connections).toBe(1);
    bench.web.at(URL_OF_FILE, (_, response) => response.write('x'.repeat(1_000_000)));
    const endless = await fetcher.request({ url: URL_OF_FILE, trust: 'client' });
    await endless.discard();
    expect(endless.body.destroyed).toBe(true);
  });
});

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(1000);
}
