import { PublicUrls } from './public-urls';

const request = { protocol: 'http', host: 'gpu.internal:3000' };

describe('PublicUrls', () => {
  it('are where the request was sent to', () => {
    expect(new PublicUrls(undefined).to('/assets/1', request)).toBe(
      'http://gpu.internal:3000/api/v2/assets/1',
    );
    expect(new PublicUrls(undefined).to('/jobs', { protocol: 'https', host: '[::1]:3000' })).toBe(
      'https://[::1]:3000/api/v2/jobs',
    );
  });

  it('are what the operator says, with the prefix of a proxy', () => {
    const urls = new PublicUrls('https://example.com/comfy/');
    expect(urls.to('/assets/1', request)).toBe('https://example.com/comfy/api/v2/assets/1');
  });

  it.each([undefined, '', 'a b', 'me@evil.example', 'evil.example/path', 'a"b', 'host:99999'])(
    'take no host from %j',
    (host) => {
      expect(new PublicUrls(undefined).to('/jobs', { protocol: 'http', host })).toBe(
        '/api/v2/jobs',
      );
    },
  );
});
