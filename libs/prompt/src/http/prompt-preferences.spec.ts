import { prefersAsync } from './prompt-preferences';

describe('the Prefer header', () => {
  it.each([
    'respond-async',
    'wait=10, Respond-Async',
    'respond-async; foo=1',
    ['x', 'respond-async'],
  ])('asks for an early answer: %j', (header) => expect(prefersAsync(header)).toBe(true));

  it.each([undefined, '', 'wait=10', 'respond-asynchronously', 'return=respond-async'])(
    'does not: %j',
    (header) => expect(prefersAsync(header)).toBe(false),
  );
});
