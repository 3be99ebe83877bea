import { parseHostPattern, placeOf, standingOf, type HostStanding } from './host.rules';

function standing(
  url: string,
  allow: readonly string[],
  deny: readonly string[] = [],
): HostStanding {
  return standingOf(placeOf(new URL(url)), {
    allow: allow.map(parseHostPattern),
    deny: deny.map(parseHostPattern),
  });
}

describe('a host pattern', () => {
  it.each([
    ['minio.internal', 'http://minio.internal/a'],
    ['minio.internal', 'https://MINIO.internal:9000'],
    ['MINIO.Internal.', 'http://minio.internal'],
    ['minio.internal', 'http://minio.internal.'],
    ['minio.internal:9000', 'http://minio.internal:9000'],
    ['minio.internal:80', 'http://minio.internal'],
    ['minio.internal:443', 'https://minio.internal'],
    ['bücher.example', 'http://xn--bcher-kva.example'],
    ['10.0.0.1', 'http://10.0.0.1'],
    ['10.0.0.1', 'http://167772161'],
    ['10.0.0.1', 'http://0x0a000001'],
    ['10.0.0.1', 'http://[::ffff:10.0.0.1]'],
    ['::1', 'http://[::1]:81'],
    ['[::1]', 'http://[0:0:0:0:0:0:0:1]'],
    ['[::1]:81', 'http://[::1]:81'],
    ['0:0::1', 'http://[::1]'],
    ['::ffff:10.0.0.1', 'http://10.0.0.1'],
  ])('%s names %s', (pattern, url) => {
    expect(standing(url, [pattern])).toBe('named');
  });

  it.each([
    ['*.example.com', 'http://a.example.com'],
    ['*.example.com', 'http://a.b.example.com.'],
    ['*.EXAMPLE.com:8080', 'http://a.example.com:8080'],
    ['*', 'http://anything.at.all'],
    ['*', 'http://[::1]'],
    ['*:443', 'https://a.example.com'],
  ])('%s covers %s without naming it', (pattern, url) => {
    expect(standing(url, [pattern])).toBe('ordinary');
  });

  it.each([
    ['minio.internal', 'http://a.minio.internal'],
    ['minio.internal', 'http://minio.internal.evil.com'],
    ['minio.internal:9000', 'http://minio.internal'],
    ['*.example.com', 'http://example.com'],
    ['*.example.com', 'http://badexample.com'],
    ['*.example.com:8080', 'http://a.example.com'],
    ['*:443', 'http://a.example.com'],
    ['[::1]:81', 'http://[::1]'],
  ])('%s does not cover %s', (pattern, url) => {
    expect(standing(url, [pattern])).toBe('unlisted');
  });

  it.each([
    '',
    'http://example.com',
    'example.com/path',
    'user@example.com',
    'a.*.com',
    '*example.com',
    '*.',
    '*.10.0.0.1',
    'two words',
    'host:port',
    'host:',
    ':80',
    '[example.com]',
    '[::1',
    '[::1]x',
    '1.2.3.999',
  ])('is not %j, which is said at once', (text) => {
    expect(() => parseHostPattern(text)).toThrow('names no host');
  });
});

describe('host rules', () => {
  it('leave everybody ordinary when they are empty', () => {
    expect(standing('http://example.com', [])).toBe('ordinary');
  });

  it('let a denial win, however exactly the host is allowed', () => {
    expect(standing('http://a.example.com', ['a.example.com'], ['*.example.com'])).toBe('denied');
    expect(standing('http://a.example.com', ['a.example.com'], ['*'])).toBe('denied');
    expect(standing('http://a.example.com', [], ['a.example.com.'])).toBe('denied');
  });

  it('deny an address in each of its spellings', () => {
    for (const host of ['10.0.0.5', '[::ffff:a00:5]', '0xa000005', '012.0.0.5']) {
      expect(standing(`http://${host}`, [], ['10.0.0.5'])).toBe('denied');
    }
  });

  it('take a host for named when any pattern names it', () => {
    expect(standing('http://a.example.com', ['*', 'a.example.com'])).toBe('named');
  });
});
