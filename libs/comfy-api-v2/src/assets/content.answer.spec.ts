import type { Asset } from '@gateway/assets';

import { readRange } from './byte-range';
import { contentAnswer, type ContentRequest } from './content.answer';

const ASSET: Asset = {
  id: 'a-1',
  ownerId: 'me',
  hash: null,
  sizeBytes: 10,
  contentType: 'image/png',
  filePath: 'cats/my "cät".png',
  tags: [],
  createdAt: 0,
  expiresAt: null,
  output: null,
};

function answered(request: Partial<ContentRequest> = {}, asset: Partial<Asset> = {}) {
  return contentAnswer({ ...ASSET, ...asset }, { method: 'GET', ...request });
}

describe('a range', () => {
  it('gives what a slice of the bytes would, whatever the numbers', () => {
    const bytes = '0123456789';
    for (let size = 1; size <= bytes.length; size += 1) {
      const whole = bytes.slice(0, size);
      for (let first = 0; first <= 12; first += 1) {
        expect(part(whole, `bytes=${first}-`)).toBe(first < size ? whole.slice(first) : 'none');
        for (let last = first; last <= 12; last += 1) {
          const expected = first < size ? whole.slice(first, last + 1) : 'none';
          expect(part(whole, `bytes=${first}-${last}`)).toBe(expected);
        }
      }
      for (let count = 1; count <= 12; count += 1) {
        expect(part(whole, `bytes=-${count}`)).toBe(whole.slice(-count));
      }
    }
  });

  function part(whole: string, header: string): string {
    const range = readRange(header, whole.length);
    if (range === 'none') return 'none';
    return range === 'whole' ? 'whole' : whole.slice(range.first, range.last + 1);
  }

  it.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=5-2',
    'bytes=0-1,4-5',
    'bytes=--1',
    'bytes=1.5-2',
    'items=0-1',
    'bytes 0-1',
  ])('%j is none: all is given', (header) => {
    expect(readRange(header, 10)).toBe('whole');
  });

  it.each(['bytes=10-', 'bytes=10-20', 'bytes=-0', `bytes=${'9'.repeat(40)}-`])(
    '%j lies outside of ten bytes',
    (header) => {
      expect(readRange(header, 10)).toBe('none');
    },
  );

  it('of nothing is nothing, but its end can be asked for', () => {
    expect(readRange('bytes=0-0', 0)).toBe('none');
    expect(readRange('bytes=-5', 0)).toBe('whole');
  });

  it('may end with any number', () => {
    expect(readRange(`bytes=3-${'9'.repeat(40)}`, 10)).toEqual({ first: 3, last: 9 });
  });
});

describe('the bytes of an asset', () => {
  it('are whole, described, and told apart by a strong tag', () => {
    expect(answered()).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'image/png',
        'content-length': '10',
        'accept-ranges': 'bytes',
        etag: '"a-1"',
        'content-disposition': `inline; filename="my \\"cät\\".png"`,
      },
    });
  });

  it('keep their tag when their hash becomes known, so that a download can go on', () => {
    expect(answered({}, { hash: 'blake3:00' }).headers.etag).toBe(answered().headers.etag);
  });

  it('are a part of them when that is asked for', () => {
    expect(answered({ range: 'bytes=2-5' })).toMatchObject({
      status: 206,
      range: { first: 2, last: 5 },
      headers: { 'content-range': 'bytes 2-5/10', 'content-length': '4' },
    });
  });

  it('are a part only of the same bytes', () => {
    expect(answered({ range: 'bytes=2-5', ifRange: '"a-1"' }).status).toBe(206);
    const others = ['"b-2"', 'W/"a-1"', 'Thu, 01 Jan 1970 00:00:00 GMT'];
    for (const ifRange of others) {
      expect(answered({ range: 'bytes=2-5', ifRange }).status).toBe(200);
    }
  });

  it('are described whole to HEAD, which knows no ranges', () => {
    const answer = answered({ method: 'HEAD', range: 'bytes=2-5' });
    expect([answer.status, answer.headers['content-length']]).toEqual([200, '10']);
  });

  it('say how many there are when the range lies outside', () => {
    expect(answered({ range: 'bytes=10-' })).toEqual({
      status: 416,
      headers: { 'content-range': 'bytes */10' },
    });
  });

  it.each(['"a-1"', 'W/"a-1"', '"x", "a-1"', '*'])('are not sent again to who has %s', (tag) => {
    const answer = answered({ ifNoneMatch: tag, range: 'bytes=2-5' });
    expect(answer).toMatchObject({ status: 304, headers: { etag: '"a-1"' } });
    expect(answer.headers).not.toHaveProperty('content-length');
  });

  it.each(['"x"', 'a-1', '"a-1'])('are sent to who has %s', (tag) => {
    expect(answered({ ifNoneMatch: tag }).status).toBe(200);
  });

  it.each([
    ['image/png', 'inline'],
    ['video/mp4', 'inline'],
    ['audio/flac', 'inline'],
    ['image/svg+xml', 'attachment'],
    ['text/html', 'attachment'],
    ['application/octet-stream', 'attachment'],
  ])('of %s are shown %s, and never run', (contentType, disposition) => {
    const { headers } = answered({}, { contentType });
    expect(headers['content-disposition']).toMatch(new RegExp(`^${disposition};`));
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toMatch(/default-src 'none';.*sandbox$/);
  });

  it('are called by their id when they have no name', () => {
    expect(answered({}, { filePath: null }).headers['content-disposition']).toBe(
      'inline; filename="a-1"',
    );
  });
});
