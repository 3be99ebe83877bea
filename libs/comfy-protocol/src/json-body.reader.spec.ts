import { JsonBodyReader } from './json-body.reader';
import type { JsonValue } from './json';

const LONG = 'iVBORw0KGgo'.padEnd(300_000, 'AbC+/09');

interface Read {
  /** As it was parsed. */
  readonly body: JsonValue;
  /** With every text in its place. */
  readonly whole: JsonValue;
  readonly isSplit: boolean;
}

function read(json: string, chunkLength: number): Read {
  const reader = new JsonBodyReader();
  const bytes = Buffer.from(json);
  for (let at = 0; at < bytes.length; at += chunkLength) {
    reader.write(bytes.subarray(at, at + chunkLength));
  }
  const { body, texts } = reader.end();
  return { body, whole: texts.restoreIn(body), isSplit: !texts.isEmpty };
}

const SIZES = [1, 2, 3, 7, 64, 65_536, 100_000, 1_000_000];

describe.each(SIZES)('a body in chunks of %i bytes', (chunkLength) => {
  it.each<[string, JsonValue]>([
    ['a small one', { prompt: { '1': { class_type: 'A', inputs: { n: 1, s: 'a "b" \\' } } } }],
    ['texts that end in backslashes', ['\\', '\\\\', '"', '\\"', 'é😀', '']],
    ['one that is a text', 'a "quoted" text'],
    ['an empty one', {}],
  ])('is what it says: %s', (_what, value) => {
    expect(read(JSON.stringify(value), chunkLength).body).toEqual(value);
  });

  it('keeps 64-bit integers', () => {
    expect(read('{"seed": 18446744073709551615}', chunkLength).body).toEqual({
      seed: 18446744073709551615n,
    });
  });
});

describe.each([997, 65_536, 100_000])('a long text in chunks of %i bytes', (chunkLength) => {
  it.each<[string, JsonValue]>([
    ['base64', { before: ['"', '\\'], image: LONG, after: { n: 1 } }],
    ['a data URI', [`data:image/png;base64,${LONG}`]],
    ['two of them', { a: LONG, b: [{ c: `${LONG}==` }] }],
  ])('that is %s is set aside', (_what, value) => {
    const { body, whole, isSplit } = read(JSON.stringify(value), chunkLength);
    expect(isSplit).toBe(true);
    expect(JSON.stringify(body).length).toBeLessThan(12_000);
    expect(whole).toEqual(value);
  });

  it.each<[string, string]>([
    ['words', 'a cat '.repeat(60_000)],
    ['base64 with escapes', LONG.replaceAll('/', '\\/')],
    ['escapes at its end', `${LONG}\\\\`],
    ['a data URI with escapes', `data:;base64,${LONG.replaceAll('/', '%2F')}`],
    ['a data URI without base64', `data:text/plain,${LONG}`],
    ['a path', `/${LONG}`],
  ])('that is %s is parsed as it stands', (_what, text) => {
    const json = `{"text":"${text}","n":1}`;
    const { body, isSplit } = read(json, chunkLength);
    expect(isSplit).toBe(false);
    expect(body).toEqual(JSON.parse(json));
  });

  it('has a stand-in that begins like it and that nobody can guess', () => {
    const [first, second] = [0, 1].map(() => read(JSON.stringify([LONG]), chunkLength));
    const [a] = first?.body as readonly string[];
    const [b] = second?.body as readonly string[];
    expect(a?.slice(0, 4096)).toBe(LONG.slice(0, 4096));
    expect(a).toMatch(/^[A-Za-z0-9+/]+$/);
    expect(a).not.toBe(b);
  });

  it('is given piece by piece, the first of which tells what it is', () => {
    const reader = new JsonBodyReader();
    const bytes = Buffer.from(JSON.stringify([LONG]));
    // The text begins at the very end of the first chunk.
    reader.write(bytes.subarray(0, 3));
    for (let at = 3; at < bytes.length; at += chunkLength) {
      reader.write(bytes.subarray(at, at + chunkLength));
    }
    const { body, texts } = reader.end();
    const text = texts.get((body as readonly string[])[0] ?? '');
    const pieces = [...(text?.pieces() ?? [])];
    expect(pieces.join('')).toBe(LONG);
    expect(pieces[0]?.length).toBeGreaterThanOrEqual(4096);
    expect(text?.length).toBe(LONG.length);
    texts.release();
    expect(texts.restoreIn(body)).toBe(body);
  });
});

describe('a body that is not JSON', () => {
  it.each(['', '{', '"open', '{"a": "b}', `["${LONG}`, `{"a": "${LONG}" "b"}`])(
    'is refused: %.20s',
    (json) => {
      expect(() => read(json, 1000)).toThrow(SyntaxError);
    },
  );

  it('is refused with a __proto__ key, also beside a long text', () => {
    expect(() => read(`{"image": "${LONG}", "__proto__": {}}`, 1000)).toThrow(/__proto__/);
  });
});
