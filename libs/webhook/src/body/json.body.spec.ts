import { randomBytes } from 'node:crypto';

import { settle } from '@gateway/testing';

import { aFile } from '../testing/prepared';
import { jsonBody } from './json.body';
import type { WebhookBody } from './webhook.body';

const never = new AbortController().signal;

async function read(body: WebhookBody): Promise<{ text: string; largest: number }> {
  const pieces: Buffer[] = [];
  for await (const piece of body.read(never)) pieces.push(piece);
  const largest = Math.max(...pieces.map(({ length }) => length));
  return { text: Buffer.concat(pieces).toString(), largest };
}

describe('jsonBody', () => {
  it('writes texts, values and files in the order of its parts, the same each time', async () => {
    const file = aFile(Buffer.from('hello'));
    const body = jsonBody(['{"a":"', { base64: file }, '","b":', { json: { n: 2n ** 64n } }, '}']);
    const text = '{"a":"aGVsbG8=","b":{"n":18446744073709551616}}';
    expect((await read(body)).text).toBe(text);
    expect((await read(body)).text).toBe(text);
    expect(file.seen).toMatchObject({ streams: 2, open: 0 });
  });

  it.each([0, 1, 2, 3, 4, 100_000, 98_304, 98_305])(
    'knows its length beforehand with a file of %i bytes',
    async (size) => {
      const body = jsonBody(['{"ä":"', { base64: aFile(randomBytes(size)) }, '"', { json: '😀' }]);
      const { text } = await read(body);
      expect(body.sizeBytes()).toBe(Buffer.byteLength(text));
    },
  );

  it('does not know it when a file does not', () => {
    const file = aFile(Buffer.from('x'), { size: 'unknown' });
    expect(jsonBody([{ base64: file }]).sizeBytes()).toBeUndefined();
  });

  it('gives no large piece, however large a file and its chunks are', async () => {
    const bytes = randomBytes(5_000_000);
    const { text, largest } = await read(
      jsonBody([{ base64: aFile(bytes, { chunkBytes: 5_000_000 }) }]),
    );
    expect(text).toBe(bytes.toString('base64'));
    expect(largest).toBeLessThanOrEqual(256 * 1024);
  });

  it('cuts a long text without tearing characters', async () => {
    const long = `xx${'😀'.repeat(300_000)}€`;
    const { text, largest } = await read(jsonBody([{ json: long }]));
    expect(JSON.parse(text)).toBe(long);
    expect(largest).toBeLessThanOrEqual(256 * 1024);
  });

  it('joins small pieces to one', async () => {
    const body = jsonBody(['{', { base64: aFile(Buffer.from('abc')) }, { json: [1] }, '}']);
    const pieces = [];
    for await (const piece of body.read(never)) pieces.push(piece);
    expect(pieces).toHaveLength(1);
  });

  it('takes no more of a file than what is asked for', async () => {
    const file = aFile(randomBytes(10_000_000), { chunkBytes: 96 * 1024 });
    for await (const piece of jsonBody([{ base64: file }]).read(never)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    await settle();
    expect(file.seen).toMatchObject({ streams: 1, open: 0 });
  });

  it.each([
    ['grew', Buffer.from('hello, world')],
    ['shrank', Buffer.from('he')],
  ])('fails when a file %s', async (_, bytes) => {
    const file = aFile(Buffer.from('hello'));
    file.become(bytes);
    await expect(read(jsonBody([{ base64: file }]))).rejects.toMatchObject({
      code: 'webhook.body_changed',
      expectedBytes: 5,
    });
    await settle();
    expect(file.seen.open).toBe(0);
  });
});
