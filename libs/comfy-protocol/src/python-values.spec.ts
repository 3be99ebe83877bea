import type { JsonValue } from './json';
import { pythonCompare, pythonEquals } from './python-comparison';
import { pythonFloatStr, pythonRepr, pythonStr } from './python-text';
import { pythonBool, pythonFloat, pythonInt } from './python-values';

// Expected values are what CPython 3.11 answers.

describe('pythonInt', () => {
  it.each<[JsonValue, number | bigint]>([
    ['16', 16],
    [' 1_000\n', 1000],
    ['-7', -7],
    [16.9, 16],
    [-16.9, -16],
    [true, 1],
    ['18446744073709551615', 18446744073709551615n],
    [18446744073709551615n, 18446744073709551615n],
    [1e22, 10000000000000000000000n],
  ])('takes %p', (value, expected) => {
    expect(pythonInt(value)).toEqual({ outcome: 'value', value: expected });
  });

  it.each<[JsonValue, string]>([
    ['abc', "invalid literal for int() with base 10: 'abc'"],
    ['1.5', "invalid literal for int() with base 10: '1.5'"],
    ['', "invalid literal for int() with base 10: ''"],
    ['1__0', "invalid literal for int() with base 10: '1__0'"],
    [null, "int() argument must be a string, a bytes-like object or a real number, not 'NoneType'"],
    [{}, "int() argument must be a string, a bytes-like object or a real number, not 'dict'"],
    [Infinity, 'cannot convert float infinity to integer'],
    [NaN, 'cannot convert float NaN to integer'],
    [
      '9'.repeat(4301),
      'Exceeds the limit (4300 digits) for integer string conversion: value has 4301 digits; use sys.set_int_max_str_digits() to increase the limit',
    ],
  ])('refuses %p in the words of Python', (value, text) => {
    expect(pythonInt(value)).toMatchObject({ outcome: 'raised', exception: { text } });
  });
});

describe('pythonFloat', () => {
  it.each<[JsonValue, number]>([
    ['1.5', 1.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1_0e1_0', 10e10],
    [' -inf ', -Infinity],
    ['NaN', NaN],
    [false, 0],
    [2n ** 64n, 2 ** 64],
  ])('takes %p', (value, expected) => {
    expect(pythonFloat(value)).toEqual({ outcome: 'value', value: expected });
  });

  it.each<[JsonValue, string]>([
    ['abc', "could not convert string to float: 'abc'"],
    ['1__0', "could not convert string to float: '1__0'"],
    ['1_e5', "could not convert string to float: '1_e5'"],
    ['1e', "could not convert string to float: '1e'"],
    [' ', "could not convert string to float: ' '"],
    ['0x10', "could not convert string to float: '0x10'"],
    [null, "float() argument must be a string or a real number, not 'NoneType'"],
    [['a'], "float() argument must be a string or a real number, not 'list'"],
    [10n ** 400n, 'int too large to convert to float'],
  ])('refuses %p in the words of Python', (value, text) => {
    expect(pythonFloat(value)).toMatchObject({ outcome: 'raised', exception: { text } });
  });

  it('decides on megabytes of digits at once', () => {
    const digits = `${'1'.repeat(5_000_000)}x`;
    expect(pythonFloat(digits).outcome).toBe('raised');
    expect(pythonInt(digits).outcome).toBe('raised');
    expect(pythonFloat(digits.slice(0, -1))).toEqual({ outcome: 'value', value: Infinity });
  });
});

describe('pythonBool', () => {
  it.each<[JsonValue, boolean]>([
    ['false', true],
    ['', false],
    [0, false],
    [NaN, true],
    [0n, false],
    [null, false],
    [{}, false],
    [[0], true],
  ])('finds %p to be %p', (value, expected) => {
    expect(pythonBool(value)).toBe(expected);
  });
});

describe('Python texts', () => {
  it.each<[JsonValue, string]>([
    [['a', 'b'], "['a', 'b']"],
    [{ a: null, b: [true, 1.5] }, "{'a': None, 'b': [True, 1.5]}"],
    ["it's", '"it\'s"'],
    [`it's "it"`, `'it\\'s "it"'`],
    ['a\\b\n\t\u007f\u2028é😀', "'a\\\\b\\n\\t\\x7f\\u2028é😀'"],
    [18446744073709551615n, '18446744073709551615'],
    [1e22, '1e+22'],
    [0.00001, '1e-05'],
    [0.0001, '0.0001'],
    [-2.5, '-2.5'],
  ])('represents %p', (value, expected) => {
    expect(pythonRepr(value)).toBe(expected);
  });

  it('leaves a text as it is under str()', () => {
    expect(pythonStr("it's")).toBe("it's");
    expect(pythonStr(null)).toBe('None');
  });

  it.each([
    [1, '1.0'],
    [1e16, '1e+16'],
    [1234567890123456, '1234567890123456.0'],
    [-0, '-0.0'],
    [-Infinity, '-inf'],
  ])('writes the float %p', (value, expected) => {
    expect(pythonFloatStr(value)).toBe(expected);
  });
});

describe('Python comparison', () => {
  it('compares integers beyond 2^53 exactly', () => {
    const max = 18446744073709551615n;
    expect(pythonCompare(max + 1n, '>', max)).toEqual({ outcome: 'value', value: true });
    expect(pythonCompare(max, '>', max)).toEqual({ outcome: 'value', value: false });
    expect(pythonCompare(-1, '<', 0n)).toEqual({ outcome: 'value', value: true });
  });

  it('raises where Python has no order', () => {
    expect(pythonCompare('a', '<', 1)).toMatchObject({
      exception: {
        type: 'TypeError',
        text: "'<' not supported between instances of 'str' and 'int'",
      },
    });
  });

  it.each<[JsonValue, JsonValue, boolean]>([
    [1, true, true],
    [1, 1n, true],
    ['1', 1, false],
    [NaN, NaN, false],
    [null, null, true],
    [[1, ['a']], [1n, ['a']], true],
    [[], {}, false],
    [{ a: 1 }, { b: 1 }, false],
  ])('%p == %p is %p', (left, right, expected) => {
    expect(pythonEquals(left, right)).toBe(expected);
  });
});
