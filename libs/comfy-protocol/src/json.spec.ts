import {
  parseJson,
  parseRequestJson,
  stringifyJson,
  type JsonObject,
  type JsonValue,
} from './json';

describe('parseJson', () => {
  it('keeps integers beyond 2^53', () => {
    expect(parseJson('{"seed": 18446744073709551615, "low": -9007199254740993, "n": 5}')).toEqual({
      seed: 18446744073709551615n,
      low: -9007199254740993n,
      n: 5,
    });
    expect(parseJson('9007199254740993')).toBe(9007199254740993n);
  });

  it('leaves numbers alone that JavaScript reads as Python does', () => {
    expect(parseJson('[9007199254740991, 1234567890123456789.5, 1e400, 0.1]')).toEqual([
      9007199254740991,
      Number('1234567890123456789.5'),
      Infinity,
      0.1,
    ]);
  });

  it("reads Python's NaN and infinities as null", () => {
    expect(parseJson('{"a": [NaN, -Infinity,Infinity ], "b": 18446744073709551615}')).toEqual({
      a: [null, null, null],
      b: 18446744073709551615n,
    });
  });

  it.each([
    'NaN',
    'say: NaN, 18446744073709551615 ',
    '"Infinity": 18446744073709551615',
    '\\" \\\\',
    'ends in a backslash \\',
  ])('leaves the text %p alone', (text) => {
    const value = { [text]: text, seed: 18446744073709551615n, nothing: null };
    const json = stringifyJson(value).replace('null', 'NaN');
    expect(parseJson(json)).toEqual(value);
  });

  it('has __proto__ as a key like any other', () => {
    for (const seed of ['1', '18446744073709551615']) {
      const parsed = parseJson(`{"__proto__": {"polluted": true}, "seed": ${seed}}`) as JsonObject;
      expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
      expect(Object.keys(parsed)).toEqual(['__proto__', 'seed']);
      expect(parsed['polluted']).toBeUndefined();
    }
  });

  it('takes the last of two equal keys, as Python does', () => {
    expect(parseJson('{"a": 1, "a": 18446744073709551615}')).toEqual({ a: 18446744073709551615n });
  });

  it.each([
    '',
    '{',
    '"open',
    '"open\\',
    '[1,]',
    '{12345678901234567890: 1}',
    '{"a": 1, 12345678901234567890 : 1}',
    '012345678901234567890',
    '--12345678901234567890',
    '-NaN',
    '{NaN: 1}',
    'NaNNaN',
    '[12345678901234567890"a"]',
    '1234567890123456789-0',
  ])('refuses %p', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it('refuses what Python would not read either', () => {
    expect(() => parseJson('['.repeat(1001) + ']'.repeat(1001))).toThrow(/deeper than 1000/);
    expect(parseJson('['.repeat(1000) + ']'.repeat(1000))).toBeDefined();
    expect(() => parseJson('9'.repeat(4301))).toThrow(/4300 digits/);
  });

  it('keeps digits in a string a string', () => {
    const first = parseJson('["12345678901234567890", 12345678901234567890]');
    expect(first).toEqual(['12345678901234567890', 12345678901234567890n]);
  });

  it('reads 30 MB of base64 or of escapes next to a long seed', () => {
    for (const content of ['A'.repeat(30e6), '\\"'.repeat(15e6), '\\\\'.repeat(15e6)]) {
      const parsed = parseJson(
        `{"seed": 18446744073709551615, "image": "${content}"}`,
      ) as JsonObject;
      expect(parsed['seed']).toBe(18446744073709551615n);
      expect((parsed['image'] as string).length).toBe(content.startsWith('A') ? 30e6 : 15e6);
    }
  });
});

describe('parseRequestJson', () => {
  it.each([
    '{"__proto__": {}}',
    '{"prompt": [{"a": {"__proto__" : 1}}]}',
    '{"\\u005F_proto__": {}}',
    '{"__\\u0070roto__": 1, "seed": 18446744073709551615}',
    '{"__proto__": 1, "__proto__": 2}',
  ])('refuses the key in %s', (text) => {
    expect(() => parseRequestJson(text)).toThrow(SyntaxError);
  });

  it.each([
    '"__proto__"',
    '{"text": "say {\\"__proto__\\": 1}", "__proto": 1, "constructor": null}',
    '{"seed": 18446744073709551615, "nul": "\\u0000"}',
  ])('reads %s as parseJson does', (text) => {
    expect(parseRequestJson(text)).toEqual(parseJson(text));
  });
});

describe('stringifyJson', () => {
  it.each<JsonValue>([
    { a: [1, 'x', null, true], seed: 18446744073709551615n },
    [-9007199254740993n],
    'text',
  ])('writes what parseJson reads: %p', (value) => {
    expect(parseJson(stringifyJson(value))).toEqual(value);
  });

  it('writes undefined and NaN as null, with and without long integers', () => {
    expect(stringifyJson(undefined)).toBe('null');
    expect(stringifyJson([NaN, Infinity])).toBe('[null,null]');
    expect(stringifyJson([NaN, 2n ** 64n])).toBe('[null,18446744073709551616]');
  });

  it('writes a __proto__ key back', () => {
    const text = '{"__proto__":{"a":1},"seed":18446744073709551615}';
    expect(stringifyJson(parseJson(text))).toBe(text);
  });
});
