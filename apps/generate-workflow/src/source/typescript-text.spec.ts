import { commentText, propertyKey, stringLiteral } from './typescript-text';

it.each([
  ['plain', "'plain'"],
  ["it's", '"it\'s"'],
  ['say "a"', '\'say "a"\''],
  ['\'a\' and "b" and "c"', '\'\\\'a\\\' and "b" and "c"\''],
  ['a\\"b\n', "'a\\\\\"b\\n'"],
  ['\u2028', "'\\u2028'"],
])('writes %j as %s', (text, literal) => {
  expect(stringLiteral(text)).toBe(literal);
});

it('quotes keys only where it must', () => {
  expect(['seed', '3', 'a-b', '__proto__'].map(propertyKey)).toEqual([
    'seed',
    "'3'",
    "'a-b'",
    "['__proto__']",
  ]);
});

it('lets nothing end a comment', () => {
  expect(commentText('a */\n b')).toBe('a * / b');
});
