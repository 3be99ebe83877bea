import { plainJson } from './plain-json';

describe('plainJson', () => {
  it('is what JSON would make of a value, with bigint kept', () => {
    const shared = { a: 1 };
    const value = {
      seed: 2n ** 64n - 1n,
      gone: undefined,
      list: [undefined, NaN, () => 1, shared, shared],
      at: new Date(0),
    };
    expect(plainJson(value)).toEqual({
      seed: 2n ** 64n - 1n,
      list: [null, null, null, { a: 1 }, { a: 1 }],
      at: '1970-01-01T00:00:00.000Z',
    });
  });

  it('has no name that is special', () => {
    const value = JSON.parse('{ "__proto__": { "a": 1 } }') as unknown;
    expect(Object.entries(plainJson(value) as object)).toEqual([['__proto__', { a: 1 }]]);
  });

  it('is null for nothing', () => {
    expect([plainJson(undefined), plainJson(null), plainJson(Symbol('x'))]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('refuses a value that holds itself, and says where', () => {
    const value: Record<string, unknown> = { a: {} };
    (value['a'] as Record<string, unknown>)['again'] = value;
    expect(() => plainJson(value)).toThrow('"again" holds itself');
  });
});
