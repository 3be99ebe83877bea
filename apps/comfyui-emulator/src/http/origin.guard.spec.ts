import { isForeignOrigin } from './origin.guard';

describe('isForeignOrigin', () => {
  it.each([
    ['127.0.0.1:8188', undefined, false],
    ['127.0.0.1:8188', 'http://127.0.0.1:8188', false],
    ['127.0.0.1:8188', 'http://127.0.0.1:3000', true],
    ['127.0.0.1:8188', 'http://localhost:8188', true],
    ['localhost:8188', 'https://evil.example', true],
    ['[::1]:8188', 'http://[::1]:8188', false],
    ['comfy.example', 'https://evil.example', false],
    ['localhost', 'http://localhost:80', false],
    ['localhost:8188', 'null', true],
  ])('host %s, origin %s: %s', (host, origin, expected) => {
    expect(isForeignOrigin(host, origin)).toBe(expected);
  });
});
