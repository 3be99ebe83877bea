import { Readable } from 'node:stream';

import { settle } from '@gateway/testing';

import type { AddressResolver } from './dialer.port';
import { UrlForbiddenError } from './outbound.errors';
import { OutboundFetcher } from './outbound.fetcher';
import type { OutboundOptions } from './outbound.options';
import type { OutboundRequest, Trust } from './outbound.request';
import { fakeResolver, PUBLIC } from './testing/fake.resolver';
import { OutboundBench } from './testing/outbound-bench';

describe('OutboundFetcher', () => {
  let bench: OutboundBench;

  beforeEach(async () => {
    bench = await OutboundBench.start();
    bench.web.at('http://files.test/a.png', 'picture');
  });

  afterEach(async () => {
    await bench.stop();
    expect(bench.clock.pending).toBe(0);
  });

  function order(url: string, more: Partial<OutboundRequest> = {}): OutboundRequest {
    return { url, trust: 'client', ...more };
  }

  async function text(url: string, options: Partial<OutboundOptions> = {}): Promise<string> {
    return (await bench.fetcher(options).download(order(url))).text();
  }

  /** `code: message` of a refusal. */
  async function refusal(
    url: string,
    options: Partial<OutboundOptions> = {},
    trust: Trust = 'client',
  ): Promise<string> {
    return bench
      .fetcher(options)
      .download(order(url, { trust }))
      .then(
        () => 'nothing was refused',
        (error: unknown) => `${(error as UrlForbiddenError).code}: ${(error as Error).message}`,
      );
  }

  describe('fetches', () => {
    it('what is at a URL', async () => {
      const answer = await bench.fetcher().download(order('http://files.test/a.png'));
      expect(answer).toMatchObject({ status: 200, url: 'http://files.test/a.png' });
      expect(await answer.text()).toBe('picture');
      expect(bench.dialer.dialled).toEqual(['files.test at 93.184.216.34']);
    });

    it('with the headers of the order, its own name, and bytes as they are', async () => {
      const headers = { Accept: 'image/*', Host: 'evil.test' };
      const answer = await bench.fetcher().download(order('http://files.test/a.png', { headers }));
      await answer.discard();
      expect(bench.web.received[0]?.headers).toMatchObject({
        accept: 'image/*',
        host: 'files.test',
        'user-agent': 'comfyui-gateway',
        'accept-encoding': 'identity',
      });
    });

    it('over one connection what comes one after another', async () => {
      const fetcher = bench.fetcher();
      for (let count = 0; count < 3; count++) {
        await (await fetcher.download(order('http://files.test/a.png'))).text();
        await settle();
      }
      expect(bench.web.connections).toBe(1);
    });

    it('from this machine, when private networks are open or the host is named', async () => {
      const url = `http://127.0.0.1:${bench.web.port}/`;
      bench.web.at(url, 'local');
      expect(await text(url, { allowPrivateNetworks: true })).toBe('local');
      expect(await text(url, { allowHosts: ['127.0.0.1'] })).toBe('local');
    });

    it('tells answers of other statuses, or refuses them', async () => {
      const answer = await bench.fetcher().request(order('http://files.test/gone?secret'));
      expect([answer.status, await answer.text()]).toEqual([404, 'not found']);
      expect(await refusal('http://files.test/gone?secret')).toBe(
        'outbound.bad_status: http://files.test answered with status 404',
      );
    });

    it('tells repeated headers as one', async () => {
      bench.web.at('http://files.test/', (_, response) =>
        response.setHeader('x-part', ['a', 'b']).setHeader('content-type', 'text/plain').end(),
      );
      const { headers, discard } = await bench.fetcher().request(order('http://files.test/'));
      await discard();
      expect(headers).toMatchObject({ 'x-part': 'a, b', 'content-type': 'text/plain' });
    });
  });

  describe('dials nothing', () => {
    const LEADS_INSIDE = fakeResolver({ 'inside.test': [['10.0.0.1']] });

    afterEach(() => {
      expect(bench.dialer.dialled).toEqual([]);
      expect(bench.web.received).toEqual([]);
    });

    it.each([
      ['http://127.0.0.1/', '127.0.0.1 is a loopback address'],
      ['http://0x7f000001/', '127.0.0.1 is a loopback address'],
      ['http://[::ffff:127.0.0.1]/', '127.0.0.1 is a loopback address'],
      ['http://[::1]/', '::1 is a loopback address'],
      ['http://169.254.169.254/latest/meta-data', '169.254.169.254 is a link-local address'],
      ['http://user:secret@10.0.0.1/?key=secret', '10.0.0.1 is a private address'],
      ['http://localhost/', 'localhost leads to a loopback address'],
      ['file:///etc/passwd', 'only http and https are followed, not file:'],
      ['not a URL with a secret', 'it is not a URL'],
    ])('for %s', async (url, reason) => {
      expect(await refusal(url)).toBe(`outbound.forbidden: ${reason}`);
      expect(bench.fetcher().inspect(url, 'client')).toEqual(new UrlForbiddenError(url, reason));
    });

    it('for a name that leads inside', async () => {
      const failure = bench.fetcher({}, LEADS_INSIDE).download(order('http://inside.test/'));
      await expect(failure).rejects.toEqual(
        new UrlForbiddenError('http://inside.test/', 'inside.test leads to a private address'),
      );
      expect(bench.fetcher().inspect('http://inside.test/', 'client')).toBeUndefined();
    });

    it('for a name of which one address of several leads inside', async () => {
      const resolve = fakeResolver({ 'mixed.test': [['93.184.216.34', '192.168.1.1']] });
      const failure = bench.fetcher({}, resolve).download(order('http://mixed.test/'));
      await expect(failure).rejects.toMatchObject({ code: 'outbound.forbidden' });
    });

    it('for hosts that are denied, or not among those that are allowed', async () => {
      expect(await refusal('http://files.test/a.png', { denyHosts: ['files.test'] })).toBe(
        'outbound.forbidden: the host files.test is denied',
      );
      expect(await refusal('http://files.test/a.png', { allowHosts: ['*.files.test'] })).toBe(
        'outbound.forbidden: the host files.test is not among those that are allowed',
      );
    });

    it('for a denied address behind an allowed name', async () => {
      const options = { allowHosts: ['inside.test'], denyHosts: ['10.0.0.1'] };
      const failure = bench.fetcher(options, LEADS_INSIDE).download(order('http://inside.test/'));
      await expect(failure).rejects.toThrow('inside.test leads to a denied address');
    });

    it('for an order that is cancelled already', async () => {
      const signal = AbortSignal.abort(new Error('the job was cancelled'));
      const failure = bench.fetcher().request(order('http://files.test/a.png', { signal }));
      await expect(failure).rejects.toThrow('the job was cancelled');
    });
  });

  describe('when a name is rebound', () => {
    it('refuses the next connection, and dials nothing for it', async () => {
      const resolve = fakeResolver({ 'files.test': [...PUBLIC, ['127.0.0.1']] });
      const fetcher = bench.fetcher({}, resolve);
      bench.web.at('http://files.test/', (_, response) =>
        response.setHeader('connection', 'close').end('first'),
      );
      expect(await (await fetcher.download(order('http://files.test/'))).text()).toBe('first');
      await expect(fetcher.download(order('http://files.test/'))).rejects.toEqual(
        new UrlForbiddenError('http://files.test/', 'files.test leads to a loopback address'),
      );
      expect(bench.dialer.dialled).toEqual(['files.test at 93.184.216.34']);
    });
  });

  describe('trusts the operator', () => {
    const RESOLVE = fakeResolver({ 'inside.test': [['10.0.0.1']], 'files.test': PUBLIC });

    it('with addresses and hosts that clients do not reach', async () => {
      bench.web.at('http://inside.test/', 'mine');
      const fetcher = bench.fetcher({ denyHosts: ['*'] }, RESOLVE);
      const answer = await fetcher.download(order('http://inside.test/', { trust: 'operator' }));
      expect(await answer.text()).toBe('mine');
      expect(fetcher.inspect('http://inside.test/', 'operator')).toBeUndefined();
    });

    it('but lends a client no connection that was made for the operator', async () => {
      bench.web.at('http://inside.test/', 'mine');
      const fetcher = bench.fetcher({}, RESOLVE);
      await (await fetcher.download(order('http://inside.test/', { trust: 'operator' }))).text();
      await expect(fetcher.download(order('http://inside.test/'))).rejects.toThrow(
        'inside.test leads to a private address',
      );
      expect(bench.web.lines).toEqual(['GET http://inside.test/']);
    });

    it('within the origin that was configured', async () => {
      bench.web.redirect('http://inside.test/', '/next');
      bench.web.at('http://inside.test/next', 'mine');
      const fetcher = bench.fetcher({}, RESOLVE);
      const answer = await fetcher.download(order('http://inside.test/', { trust: 'operator' }));
      expect(await answer.text()).toBe('mine');
    });

    it.each([
      ['http://169.254.169.254/', '169.254.169.254 is a link-local address'],
      ['http://inside.test:81/', 'inside.test leads to a private address'],
    ])('not with a redirect to another origin: %s', async (to, reason) => {
      bench.web.redirect('http://files.test/', to);
      const fetcher = bench.fetcher({}, RESOLVE);
      const failure = fetcher.download(order('http://files.test/', { trust: 'operator' }));
      await expect(failure).rejects.toThrow(`it redirects to ${new URL(to).origin}, and ${reason}`);
      expect(bench.dialer.dialled).toEqual(['files.test at 93.184.216.34']);
    });
  });

  describe('follows redirects', () => {
    it('to their end, and tells where that was', async () => {
      bench.web.redirect('http://files.test/', 'http://u:p@cdn.test/a?b#c', 301);
      bench.web.redirect('http://cdn.test/a?b', '/end', 307);
      bench.web.at('http://cdn.test/end', 'here');
      const answer = await bench.fetcher().download(order('http://files.test/'));
      expect(await answer.text()).toBe('here');
      expect(answer.url).toBe('http://cdn.test/end');
    });

    it.each([
      ['http://10.0.0.1/', '10.0.0.1 is a private address'],
      ['http://[::ffff:169.254.169.254]/', '169.254.169.254 is a link-local address'],
      ['ftp://files.test/', 'only http and https are followed, not ftp:'],
      ['http://denied.test/', 'the host denied.test is denied'],
    ])('but not to %s', async (to, reason) => {
      bench.web.redirect('http://files.test/', to);
      const url = new URL(to);
      expect(await refusal('http://files.test/', { denyHosts: ['denied.test'] })).toBe(
        `outbound.forbidden: it redirects to ${url.origin}, and ${reason}`,
      );
      expect(bench.dialer.dialled).toHaveLength(1);
    });

    it('but not to a name that leads inside', async () => {
      bench.web.redirect('http://files.test/', 'http://inside.test/');
      const resolve = fakeResolver({ 'files.test': PUBLIC, 'inside.test': [['10.0.0.1']] });
      await expect(
        bench.fetcher({}, resolve).download(order('http://files.test/')),
      ).rejects.toThrow(
        'it redirects to http://inside.test, and inside.test leads to a private address',
      );
      expect(bench.dialer.dialled).toHaveLength(1);
    });

    it('but not to what has no host', async () => {
      bench.web.redirect('http://files.test/', 'file:///etc/passwd');
      expect(await refusal('http://files.test/')).toBe(
        'outbound.forbidden: it redirects to file:, and only http and https are followed, not file:',
      );
    });

    it('but not to what is not a URL', async () => {
      bench.web.redirect('http://files.test/', 'http://[');
      expect(await refusal('http://files.test/')).toBe(
        'outbound.forbidden: it redirects to what is not a URL',
      );
    });

    it('five times, and not a sixth', async () => {
      for (let hop = 0; hop < 6; hop++) {
        bench.web.redirect(`http://files.test/${hop}`, `/${hop + 1}`);
      }
      bench.web.at('http://files.test/6', 'end');
      expect(await text('http://files.test/1')).toBe('end');
      expect(await refusal('http://files.test/0')).toBe(
        'outbound.too_many_redirects: http://files.test redirects more than 5 times',
      );
      expect(await text('http://files.test/0', { maxRedirects: 6 })).toBe('end');
    });

    it('but not in a circle', async () => {
      bench.web.redirect('http://files.test/', 'http://files.test/');
      expect(await refusal('http://files.test/')).toMatch('outbound.too_many_redirects');
      expect(bench.web.lines).toHaveLength(6);
    });

    it('without giving secrets to another origin', async () => {
      bench.web.redirect('http://user:pass@files.test/', '/same');
      bench.web.redirect('http://files.test/', '/same');
      bench.web.redirect('http://files.test/same', 'http://other.test/');
      bench.web.at('http://other.test/', 'end');
      const headers = { Cookie: 'a=b', 'X-Api-Key': 'k', Accept: '*/*' };
      const fetcher = bench.fetcher({ secretHeaders: ['x-api-key'] });
      const answer = await fetcher.download(order('http://user:pass@files.test/', { headers }));
      await answer.discard();
      const seen = bench.web.received.map((one) => one.headers);
      const mine = { authorization: `Basic ${btoa('user:pass')}`, cookie: 'a=b', 'x-api-key': 'k' };
      expect(seen[0]).toMatchObject({ ...mine, accept: '*/*' });
      expect(seen[1]).toMatchObject({ ...mine, accept: '*/*' });
      expect(seen[2]).toMatchObject({ accept: '*/*' });
      for (const name of Object.keys(mine)) expect(seen[2]).not.toHaveProperty(name);
      expect(answer.url).toBe('http://other.test/');
    });
  });

  describe('posts', () => {
    it.each([307, 308])('a text or a stream once more after %d', async (status) => {
      bench.web.redirect('http://hook.test/', 'http://other.test/', status);
      bench.web.at('http://other.test/', 'thanks');
      const bodies = ['text', Buffer.from('text'), () => parts('te', 'xt')] as const;
      for (const body of bodies) {
        const post = order('http://hook.test/', { method: 'POST', body });
        expect(await (await bench.fetcher().request(post)).text()).toBe('thanks');
      }
      expect(bench.web.received.map(({ body }) => body)).toEqual(Array(6).fill('text'));
      expect(bench.web.lines.slice(0, 2)).toEqual([
        'POST http://hook.test/',
        'POST http://other.test/',
      ]);
    });

    it.each([301, 302, 303])('and does not follow %d: nothing was delivered', async (status) => {
      bench.web.redirect('http://hook.test/', 'http://other.test/', status);
      const answer = await bench
        .fetcher()
        .request(order('http://hook.test/', { method: 'POST', body: 'text' }));
      expect([answer.status, answer.headers['location']]).toEqual([status, 'http://other.test/']);
      await answer.discard();
      expect(bench.web.lines).toEqual(['POST http://hook.test/']);
    });

    it('with the length that the caller knows', async () => {
      const post = order('http://hook.test/', {
        method: 'POST',
        headers: { 'Content-Length': '4' },
        body: () => parts('te', 'xt'),
      });
      await (await bench.fetcher().request(post)).discard();
      expect(bench.web.received[0]).toMatchObject({
        body: 'text',
        headers: { 'content-length': '4' },
      });
    });

    it('and fails as its body does', async () => {
      const broken = new Error('the disk is gone');
      const post = order('http://hook.test/', {
        method: 'POST',
        body: async function* () {
          yield* parts('te');
          await Promise.reject(broken);
        },
      });
      await expect(bench.fetcher().request(post)).rejects.toBe(broken);
    });

    it.each(['before it is connected', 'while it is sent'])(
      'and lets go of the body when it is cancelled %s',
      async (when) => {
        const job = new AbortController();
        const enough = new Error('enough');
        const resolve: AddressResolver = () => {
          job.abort(enough);
          return new Promise(() => undefined);
        };
        const body = Readable.from(endless(() => job.abort(enough)));
        const fetcher = when === 'while it is sent' ? bench.fetcher() : bench.fetcher({}, resolve);
        const { signal } = job;
        const post = order('http://hook.test/', { method: 'POST', signal, body: () => body });
        await expect(fetcher.request(post)).rejects.toBe(enough);
        expect(body.destroyed).toBe(true);
      },
    );
  });

  describe('says why nobody could be asked', () => {
    it('when the connection is refused', async () => {
      const nobody = bench.fetcher({ allowPrivateNetworks: true });
      await bench.web.stop();
      const failure = nobody.download(
        order('http://user:secret@files.test/hook/secret?key=secret'),
      );
      await expect(failure).rejects.toMatchObject({
        code: 'outbound.unreachable',
        message: 'http://files.test cannot be reached: the connection was refused',
        cause: { code: 'ECONNREFUSED' },
      });
      bench = await OutboundBench.start();
    });

    it('when there is no such name', async () => {
      const failure = bench.fetcher({}, fakeResolver({})).download(order('http://gone.test/'));
      await expect(failure).rejects.toThrow(
        'http://gone.test cannot be reached: the name was not found',
      );
    });

    it('when the other side hangs up, without trying for ever', async () => {
      bench.web.at('http://files.test/', (request) => request.socket.destroy());
      const failure = bench.fetcher().download(order('http://files.test/'));
      await expect(failure).rejects.toThrow('the connection was lost');
      expect(bench.web.lines).toHaveLength(1);
    });
  });

  it('ends what is under way when it is closed, and begins nothing afterwards', async () => {
    const fetcher = bench.fetcher();
    bench.web.at('http://files.test/slow', () => undefined);
    const slow = fetcher.download(order('http://files.test/slow'));
    slow.catch(() => undefined);
    while (bench.web.lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await fetcher.close();
    await expect(slow).rejects.toThrow('the gateway is shutting down');
    await expect(fetcher.download(order('http://files.test/a.png'))).rejects.toThrow(
      'the gateway is shutting down',
    );
    await fetcher.close();
  });

  it.each([
    [{ allowHosts: ['http://files.test'] }, '"http://files.test" names no host'],
    [{ denyHosts: ['a b'] }, '"a b" names no host'],
    [
      { proxy: { http: 'http://user:secret@:99999' } },
      'The address of a proxy is not an http or https URL',
    ],
    [{ proxy: { https: 'socks5://127.0.0.1:1' } }, 'not an http or https URL'],
  ])('does not begin with %j', (options, message) => {
    expect(() => bench.fetcher(options)).toThrow(message);
  });

  it('needs nothing but its options', async () => {
    const fetcher = new OutboundFetcher({
      allowPrivateNetworks: false,
      allowHosts: [],
      denyHosts: [],
      maxBytes: 1,
      timeoutMs: 1,
    });
    expect(fetcher.inspect('http://files.test/', 'client')).toBeUndefined();
    await fetcher.close();
  });
});

async function* parts(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) {
    await Promise.resolve();
    yield Buffer.from(text);
  }
}

function* endless(afterTen: () => void): Generator<Buffer> {
  for (let count = 1; ; count++) {
    yield Buffer.alloc(1000);
    if (count === 10) afterTen();
  }
}
