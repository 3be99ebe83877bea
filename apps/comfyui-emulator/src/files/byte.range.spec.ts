import { parseRange } from './byte.range';

describe('parseRange', () => {
  it.each([
    [undefined, undefined],
    ['bytes=0-4', { start: 0, end: 4 }],
    ['bytes=5-', { start: 5, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-30', { start: 0, end: 9 }],
    ['bytes=8-100', { start: 8, end: 9 }],
    ['bytes=10-', 'invalid'],
    ['bytes=4-2', 'invalid'],
    ['bytes=-', 'invalid'],
    ['lines=1-2', 'invalid'],
  ])('of ten bytes, %s is %j', (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });
});
