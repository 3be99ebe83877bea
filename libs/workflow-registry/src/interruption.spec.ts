import { interruptibly } from './interruption';

describe('interruptibly', () => {
  it('hands on what the work returns, and what it throws', async () => {
    const list = interruptibly(1000, () => [1], 'It');
    expect(list).toBeInstanceOf(Array);
    await expect(interruptibly(1000, () => Promise.resolve(2), 'It')).resolves.toBe(2);
    const error = new TypeError('no');
    expect(() =>
      interruptibly(
        1000,
        () => {
          throw error;
        },
        'It',
      ),
    ).toThrow(error);
  });

  it.each([
    ['a loop', endless],
    ['a loop that catches everything', stubborn],
    [
      'a loop at the start of an async function',
      async () => {
        endless();
        await Promise.resolve();
      },
    ],
    ['a pattern that never ends', () => /^(a+)+$/.test(`${'a'.repeat(60)}b`)],
  ])('breaks off %s', (_what, work) => {
    expect(() => interruptibly(100, work, 'It')).toThrow(
      'It computed for longer than 0.1 s and was interrupted',
    );
  });

  it('can be used within itself', () => {
    expect(() =>
      interruptibly(10_000, () => interruptibly(100, endless, 'The inner'), 'The outer'),
    ).toThrow('The inner computed');
    expect(interruptibly(1000, () => interruptibly(100, () => 1, 'It'), 'It')).toBe(1);
  });
});

function endless(): void {
  for (;;);
}

function stubborn(): void {
  for (;;) {
    try {
      endless();
    } catch {
      continue;
    }
  }
}
