import { randomBytes } from 'node:crypto';

import { inlineBytes } from './inline-bytes';

const MEBI = 1024 * 1024;

async function decoded(value: string): Promise<Buffer> {
  return Buffer.concat(await piecesOf(value));
}

async function piecesOf(value: string): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of inlineBytes(value)) pieces.push(piece);
  return pieces;
}

/** Bytes that need every letter of the alphabet. */
const BYTES = Buffer.from(Array.from({ length: 256 }, (_byte, value) => value));

describe('inlineBytes of base64', () => {
  it.each([
    ['the standard alphabet', BYTES.toString('base64')],
    ['the standard alphabet without padding', BYTES.toString('base64').replace(/=+$/, '')],
    ['the URL-safe alphabet', BYTES.toString('base64url')],
    ['the URL-safe alphabet with padding', `${BYTES.toString('base64url')}==`],
    ['lines', BYTES.toString('base64').replace(/.{76}/g, '$&\r\n')],
    ['lines, with one at the end', `${BYTES.toString('base64').replace(/.{7}/g, '$&\n')}\n`],
    ['padding in two lines', BYTES.toString('base64').replace('==', '=\r\n=')],
    ['a data URI', `data:image/png;base64,${BYTES.toString('base64')}`],
    ['a data URI in capitals', `DATA:image/png;BASE64,${BYTES.toString('base64')}`],
    ['a data URI with parameters', `data:image/png;name=a.png;base64,${BYTES.toString('base64')}`],
    ['a data URI without a type', `data:;base64,${BYTES.toString('base64')}`],
    ['an escaped data URI', `data:;base64,${encodeURIComponent(BYTES.toString('base64'))}`],
  ])('reads %s', async (_what, value) => {
    expect((await decoded(value)).equals(BYTES)).toBe(true);
  });

  it.each([1, 2, 3, 4, 5])('reads %i bytes, padded or not', async (length) => {
    const bytes = BYTES.subarray(0, length);
    expect(await decoded(bytes.toString('base64'))).toEqual(bytes);
    expect(await decoded(bytes.toString('base64url'))).toEqual(bytes);
  });

  it('reads bits that padding should have left empty, as others do', async () => {
    expect(await decoded('AAAAQUJ=')).toEqual(Buffer.from('\0\0\0AB'));
  });

  it.each<[string, string, string | RegExp]>([
    ['nothing', '', 'it is empty'],
    ['line breaks alone', '\r\n', 'it is empty'],
    ['a data URI without data', 'data:image/png;base64,', 'it is empty'],
    ['a data URI that ends in its head', 'data:image/png;base64', /no comma/],
    ['another character', 'AAAA!AAA', 'its base64 has "!" at character 5'],
    ['a character of two code units', 'AAAA😀', 'its base64 has "😀" at character 5'],
    ['a space, which may have been a plus', 'AAA AAAA', 'its base64 has " " at character 4'],
    ['a letter whose low byte is that of another', 'AAAAAAAŁ', 'has "Ł" at character 8'],
    ['the same before its padding', 'ŁAA=', 'has "Ł" at character 1'],
    ['a zero byte', 'AAAA\0', 'its base64 has "\\u0000" at character 5'],
    ['a single letter', 'A', 'its base64 breaks off'],
    ['a letter too many', 'AAAAA', 'its base64 breaks off'],
    ['a letter too many, padded', 'AAAAA===', 'its base64 breaks off'],
    ['padding where none is due', 'AAAA=', /padding/],
    ['padding alone', '==', /padding/],
    ['too little padding', 'AA=', /padding/],
    ['too much padding', 'AAA==', /padding/],
    ['far too much padding', 'AA======', /padding/],
    ['text after its padding', 'AA==AAAA', /goes on after its padding, with "A" at character 5/],
    ['text between its padding', 'AA=A=', /goes on after its padding/],
    ['an escape outside of a data URI', 'AAA%3D', 'its base64 has "%" at character 4'],
  ])('refuses %s', async (_what, value, message) => {
    await expect(decoded(value)).rejects.toThrow(message);
    await expect(decoded(value)).rejects.toMatchObject({ code: 'input.unreadable' });
  });

  describe('of many pieces', () => {
    const large = randomBytes(15 * MEBI + 1);

    it('is equal to the whole, and never more than a piece at a time', async () => {
      const pieces = await piecesOf(large.toString('base64'));
      expect(pieces.length).toBeGreaterThanOrEqual(20);
      expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(MEBI);
      expect(Buffer.concat(pieces).equals(large)).toBe(true);
    });

    it('may be there in pieces of any size', async () => {
      const text = `data:image/png;base64,${large.subarray(0, MEBI).toString('base64')}`;
      for (const size of [4096, 65_537, 4 * MEBI]) {
        const cut = text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
        const bytes: Buffer[] = [];
        for await (const piece of inlineBytes({ pieces: () => cut })) bytes.push(piece);
        expect(Buffer.concat(bytes).equals(large.subarray(0, MEBI))).toBe(true);
      }
    });

    it('may break its lines anywhere, between pieces as well', async () => {
      const text = large.subarray(0, 2 * MEBI).toString('base64');
      for (const at of [MEBI - 2, MEBI - 1, MEBI, MEBI + 1]) {
        const broken = `${text.slice(0, at)}\r\n${text.slice(at)}`;
        expect((await decoded(broken)).equals(large.subarray(0, 2 * MEBI))).toBe(true);
      }
    });

    it('may be escaped anywhere, between pieces as well', async () => {
      const bytes = large.subarray(0, MEBI);
      const text = bytes.toString('base64');
      for (const at of [MEBI - 3, MEBI - 2, MEBI - 1, MEBI]) {
        const code = text.charCodeAt(at).toString(16);
        const value = `data:;base64,${text.slice(0, at)}%${code}${text.slice(at + 1)}`;
        expect((await decoded(value)).equals(bytes)).toBe(true);
      }
    });

    it('is refused for what stands far behind, after what came before it', async () => {
      const text = large.toString('base64');
      const at = 3 * MEBI + 77;
      const pieces = inlineBytes(`${text.slice(0, at)}*${text.slice(at + 1)}`);
      expect((await pieces.next()).done).toBe(false);
      await expect(
        (async () => {
          for await (const piece of pieces) expect(piece.length).toBeGreaterThan(0);
        })(),
      ).rejects.toThrow(`its base64 has "*" at character ${at + 1}`);
    });

    it('is refused when it goes on in the piece after its padding', async () => {
      const text = `${'A'.repeat(MEBI - 2)}==`;
      expect((await decoded(text)).length).toBeGreaterThan(0);
      await expect(decoded(`${text}AAAA`)).rejects.toThrow(
        `goes on after its padding, with "A" at character ${MEBI + 1}`,
      );
    });

    it('lets others have their turn between pieces', async () => {
      let turns = 0;
      let decoding = true;
      const turn = (): void => {
        turns += 1;
        if (decoding) setImmediate(turn);
      };
      setImmediate(turn);
      const pieces = await piecesOf(large.toString('base64')).finally(() => (decoding = false));
      expect(turns).toBeGreaterThanOrEqual(pieces.length - 1);
    });
  });
});

describe('inlineBytes of a percent-encoded data URI', () => {
  it.each([
    ['data:,hello%20world', 'hello world'],
    ['data:text/plain,a+b', 'a+b'],
    ['data:image/svg+xml;utf8,<svg id="%C3%A4">ä😀</svg>', '<svg id="ä">ä😀</svg>'],
    ['data:text/plain;name=base64.txt,%41%7a,%2C', 'Az,,'],
  ])('reads %s', async (value, text) => {
    expect((await decoded(value)).toString()).toBe(text);
  });

  it('reads bytes that are no text', async () => {
    const escaped = [...BYTES].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    expect(await decoded(`data:application/octet-stream,${escaped}`)).toEqual(BYTES);
  });

  it('tears no character and no escape apart between pieces', async () => {
    for (const inside of ['😀', '%F0%9F%98%80']) {
      for (let before = MEBI - 12; before <= MEBI; before += 1) {
        const bytes = await decoded(`data:,${'a'.repeat(before)}${inside}z`);
        expect(bytes.subarray(before).toString()).toBe('😀z');
      }
    }
  });

  it.each([
    ['a lonely %', 'data:,100%'],
    ['a % before other things', 'data:,%zz'],
    ['a % that is cut', 'data:,%4'],
    ['no data', 'data:text/plain,'],
  ])('refuses %s', async (_what, value) => {
    await expect(decoded(value)).rejects.toMatchObject({ code: 'input.unreadable' });
  });
});
