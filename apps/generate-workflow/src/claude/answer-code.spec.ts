import { codeOf } from './answer-code';

it.each([
  ['bare', 'const a = 1;', 'const a = 1;\n'],
  ['fenced', 'Here:\n```ts\nconst a = 1;\n```\nDone.', 'const a = 1;\n'],
  ['the longest of several', '```sh\nls\n```\n```typescript\nconst a = 1;\n```', 'const a = 1;\n'],
  ['one that is never closed', '```ts\nconst a = 1;', 'const a = 1;\n'],
])('takes code that is %s', (_, answer, code) => {
  expect(codeOf(answer)).toBe(code);
});
