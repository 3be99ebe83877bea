import type { OutboundOptions, ProxyOptions } from './outbound.options';
import type { OutboundFetcher } from './outbound.fetcher';
import { fakeResolver } from './testing/fake.resolver';
import { OutboundBench } from './testing/outbound-bench';
import { LocalProxy } from './testing/proxy';

/** Names are never resolved by the gateway here, unless a spec says so. */
const NO_NAMES = fakeResolver({});

describe('through a proxy for http', () => {
  let bench: OutboundBench;
  let proxy: LocalProxy;

  beforeEach(async () => {
    bench = await OutboundBench.start('http');
    proxy = await LocalProxy.start(bench.web.port);
    bench.web.at('http://files.test/a', 'file');
  });

  afterEach(async () => {
    await bench.stop();
    await proxy.stop();
  });

  function fetcher(
    more: ProxyOptions = {},
    options: Partial<OutboundOptions> = {},
    resolve = NO_NAMES,
  ): OutboundFetcher {
    return bench.fetcher({ ...options, proxy: { http: proxy.url, ...more } }, resolve);
  }

  async function text(from: OutboundFetcher, url: string): Promise<string> {
    return (await from.download({ url, trust: 'client' })).text();
  }

  it('fetches without resolving the name', async () => {
    expect(await text(fetcher(), 'http://files.test/a')).toBe('file');
    expect(proxy.asked).toEqual(['GET http://files.test/a']);
    expect(bench.dialer.dialled).toEqual([]);
  });

  it('follows redirects, and posts once more', async () => {
    bench.web.redirect('http://hook.test/', 'http://files.test/a', 307);
    const answer = await fetcher().request({
      url: 'http://hook.test/',
      trust: 'client',
      method: 'POST',
      body: () => chunks('posted'),
    });
    expect(await answer.text()).toBe('file');
    expect(bench.web.received.map(({ body }) => body)).toEqual(['posted', 'posted']);
  });

  it('gives the proxy its password, and the server the user of the URL', async () => {
    const http = proxy.url.replace('://', '://me:pass@');
    expect(await text(fetcher({ http }), 'http://user:key@files.test/a')).toBe('file');
    expect(proxy.credentials).toEqual([`Basic ${btoa('me:pass')}`]);
    expect(bench.web.received[0]?.headers.authorization).toBe(`Basic ${btoa('user:key')}`);
  });

  it('takes an address without its scheme', async () => {
    const http = proxy.url.replace('http://', '');
    expect(await text(fetcher({ http }), 'http://files.test/a')).toBe('file');
  });

  it.each([
    ['http://10.0.0.1/', '10.0.0.1 is a private address'],
    ['http://[::ffff:127.0.0.1]/', '127.0.0.1 is a loopback address'],
    ['http://localhost/', 'localhost leads to a loopback address'],
    ['http://denied.test/', 'the host denied.test is denied'],
  ])('still refuses what can be told by itself: %s', async (url, reason) => {
    await expect(text(fetcher({}, { denyHosts: ['denied.test'] }), url)).rejects.toThrow(reason);
    expect(proxy.asked).toEqual([]);
  });

  it('refuses the same after a redirect', async () => {
    bench.web.redirect('http://files.test/b', 'http://169.254.169.254/');
    await expect(text(fetcher(), 'http://files.test/b')).rejects.toThrow('a link-local address');
    expect(proxy.asked).toEqual(['GET http://files.test/b']);
  });

  describe('but not for hosts of NO_PROXY', () => {
    it('goes directly', async () => {
      const resolve = fakeResolver({ 'files.test': [['93.184.216.34']] });
      expect(await text(fetcher({ no: 'files.test' }, {}, resolve), 'http://files.test/a')).toBe(
        'file',
      );
      expect(proxy.asked).toEqual([]);
      expect(bench.dialer.dialled).toEqual(['files.test at 93.184.216.34']);
    });

    it.each(['files.test', '*', '.test other.test', 'other.test,*.test'])(
      'goes through the guard: %s',
      async (no) => {
        const resolve = fakeResolver({ 'files.test': [['10.0.0.1']] });
        const guarded = fetcher({ no }, {}, resolve);
        await expect(text(guarded, 'http://files.test/a')).rejects.toThrow(
          'files.test leads to a private address',
        );
        expect(proxy.asked).toEqual([]);
        expect(bench.dialer.dialled).toEqual([]);
      },
    );
  });

  it('goes directly, and guarded, to what has no proxy', async () => {
    const resolve = fakeResolver({ 'files.test': [['10.0.0.1']] });
    const onlyHttps = fetcher({ http: undefined, https: proxy.url }, {}, resolve);
    await expect(text(onlyHttps, 'http://files.test/a')).rejects.toThrow('a private address');
    expect(bench.dialer.dialled).toEqual([]);
  });

  it('reads no environment', async () => {
    const before = process.env['http_proxy'];
    process.env['http_proxy'] = proxy.url;
    process.env['https_proxy'] = proxy.url;
    try {
      const resolve = fakeResolver({ 'files.test': [['93.184.216.34']] });
      for (const given of [
        undefined,
        {},
        { http: '', https: 'http://127.0.0.1:1', no: undefined },
      ]) {
        const direct = bench.fetcher(given ? { proxy: given } : {}, resolve);
        expect(await text(direct, 'http://files.test/a')).toBe('file');
      }
      expect(proxy.asked).toEqual([]);
    } finally {
      delete process.env['https_proxy'];
      if (before === undefined) delete process.env['http_proxy'];
      else process.env['http_proxy'] = before;
    }
  });

  it('says when there is no proxy any more', async () => {
    const lost = fetcher();
    await proxy.stop();
    await expect(text(lost, 'http://files.test/a')).rejects.toThrow(
      'http://files.test cannot be reached: the connection was refused',
    );
    proxy = await LocalProxy.start(bench.web.port);
  });
});

describe('through a proxy for https', () => {
  let bench: OutboundBench;
  let proxy: LocalProxy;

  beforeEach(async () => {
    bench = await OutboundBench.start('https');
    proxy = await LocalProxy.start(bench.web.port);
    bench.web.at('https://files.test/a', 'file');
  });

  afterEach(async () => {
    await bench.stop();
    await proxy.stop();
  });

  async function get(url: string, more: ProxyOptions = {}): Promise<string> {
    const fetcher = bench.fetcher({ proxy: { https: proxy.url, ...more } }, NO_NAMES);
    return (await fetcher.download({ url, trust: 'client' })).text();
  }

  it.each(['its own', 'the one for http'])(
    'speaks TLS with the server itself, in a tunnel of %s, and checks its certificate',
    async (which) => {
      const given = which === 'its own' ? {} : { https: undefined, http: proxy.url };
      await expect(get('https://files.test/a', given)).rejects.toMatchObject({
        message: 'https://files.test cannot be reached: its certificate is not trusted',
        cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      });
      expect(proxy.asked).toEqual(['CONNECT files.test:443']);
      expect(bench.web.lines).toEqual([]);
    },
  );

  it('refuses literal addresses before it asks for a tunnel', async () => {
    await expect(get('https://10.0.0.1/')).rejects.toThrow('10.0.0.1 is a private address');
    expect(proxy.asked).toEqual([]);
  });

  it('says when the proxy refuses', async () => {
    proxy.refuses = 'with-403';
    await expect(get('https://files.test/a')).rejects.toThrow(
      'https://files.test cannot be reached: the proxy refused to connect',
    );
  });

  it('asks once when the proxy hangs up', async () => {
    proxy.refuses = 'by-hanging-up';
    await expect(get('https://files.test/a')).rejects.toThrow(
      'https://files.test cannot be reached: through the proxy, the connection was lost',
    );
    expect(proxy.asked).toEqual(['CONNECT files.test:443']);
  });
});

describe('https without a proxy', () => {
  it('is spoken with the name of the host, at the address that was checked', async () => {
    const bench = await OutboundBench.start('https');
    bench.web.at('https://files.test/a', 'file');
    bench.web.redirect('https://www.files.test/', 'https://files.test/a');
    const fetcher = bench.fetcher();
    const answer = await fetcher.download({ url: 'https://www.files.test/', trust: 'client' });
    expect(await answer.text()).toBe('file');
    const foreign = fetcher.download({ url: 'https://other.test/', trust: 'client' });
    await expect(foreign).rejects.toThrow('its certificate is not trusted');
    await bench.stop();
  });
});

async function* chunks(text: string): AsyncGenerator<string> {
  await Promise.resolve();
  yield text;
}
