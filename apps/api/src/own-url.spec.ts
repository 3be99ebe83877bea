import { ownUrl } from './own-url';

describe("the gateway's own URL", () => {
  it.each([
    ['::', 'http://127.0.0.1:3000'],
    ['0.0.0.0', 'http://127.0.0.1:3000'],
    ['127.0.0.1', 'http://127.0.0.1:3000'],
    ['::1', 'http://[::1]:3000'],
    ['localhost', 'http://localhost:3000'],
    ['gpu-1.internal', 'http://gpu-1.internal:3000'],
  ])('for HOST=%s is %s', (host, url) => {
    expect(ownUrl({ host, port: 3000 })).toBe(url);
  });
});
