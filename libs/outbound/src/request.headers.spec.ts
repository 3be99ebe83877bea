import { outgoingHeaders, withoutCredentials } from './request.headers';

const RULES = { userAgent: 'gateway' };

describe('headers that are sent', () => {
  it('say who asks, and want bytes as they are', () => {
    expect(outgoingHeaders({}, RULES)).toEqual({
      'user-agent': 'gateway',
      'accept-encoding': 'identity',
    });
  });

  it('are the caller’s own, in lower case, except for the encoding', () => {
    const given = { 'User-Agent': 'mine', 'X-Key': 'k', 'Accept-Encoding': 'gzip' };
    expect(outgoingHeaders(given, RULES)).toEqual({
      'user-agent': 'mine',
      'x-key': 'k',
      'accept-encoding': 'identity',
    });
  });

  it.each(['Host', 'Connection', 'Transfer-Encoding', 'Proxy-Authorization', 'Upgrade', 'TE'])(
    'do not include %s, which is the connection’s',
    (name) => {
      expect(outgoingHeaders({ [name]: 'x' }, RULES)).toEqual(outgoingHeaders({}, RULES));
    },
  );
});

describe('the user of a URL', () => {
  it('becomes a header', () => {
    const { url, headers } = withoutCredentials(new URL('https://us%40er:p%3Aw@a.test/x'), {});
    expect(url.href).toBe('https://a.test/x');
    expect(headers).toEqual({ authorization: `Basic ${btoa('us@er:p:w')}` });
  });

  it('may have an odd password, or none', () => {
    expect(withoutCredentials(new URL('http://u:100%@a.test'), {}).headers).toEqual({
      authorization: `Basic ${btoa('u:100%')}`,
    });
    expect(withoutCredentials(new URL('http://u@a.test'), {}).headers).toEqual({
      authorization: `Basic ${btoa('u:')}`,
    });
  });

  it('gives way to a header that is there', () => {
    const headers = { authorization: 'Bearer x' };
    expect(withoutCredentials(new URL('http://u:p@a.test'), headers).headers).toEqual(headers);
  });
});
