import { borrow, giveBack, shorten } from './reused-memory';

const SIZE = 200 * 1024;

it('lends as much as is asked for, and again what was given back', () => {
  const piece = borrow(SIZE);
  expect(piece).toHaveLength(SIZE);
  giveBack(piece);
  const next = borrow(SIZE + 1);
  expect(next).toHaveLength(SIZE + 1);
  expect(next.buffer).toBe(piece.buffer);
  giveBack(next);
});

it('lends nothing twice', () => {
  const [first, second] = [borrow(SIZE), borrow(SIZE)];
  expect(second.buffer).not.toBe(first.buffer);
  giveBack(first);
  giveBack(first);
  const [third, fourth] = [borrow(SIZE), borrow(SIZE)];
  expect(third.buffer).toBe(first.buffer);
  expect([first.buffer, second.buffer]).not.toContain(fourth.buffer);
});

it.each([128, 384, 512])(
  'lends %i KiB to one at a time, though the last gives it back twice',
  (k) => {
    const first = borrow(k * 1024);
    giveBack(first);
    const second = borrow(k * 1024);
    expect(second.buffer).toBe(first.buffer);
    giveBack(first);
    expect(borrow(k * 1024).buffer).not.toBe(second.buffer);
  },
);

it('takes back nothing but what it lent: a part may not be all that is in use', () => {
  const piece = borrow(SIZE);
  giveBack(piece.subarray());
  giveBack(Buffer.alloc(256 * 1024));
  expect(borrow(SIZE).buffer).not.toBe(piece.buffer);
});

it('takes back what was made shorter instead of the whole', () => {
  const piece = borrow(SIZE);
  const shorter = shorten(piece, 10);
  expect(shorter).toHaveLength(10);
  expect(shorter.buffer).toBe(piece.buffer);
  expect(shorten(shorter, 10)).toBe(shorter);
  giveBack(piece);
  const other = borrow(SIZE);
  expect(other.buffer).not.toBe(piece.buffer);
  giveBack(shorter);
  expect(borrow(SIZE).buffer).toBe(piece.buffer);
  expect(shorten(Buffer.from('abc'), 2)).toEqual(Buffer.from('ab'));
});

it('keeps a few pieces, and leaves the others to the garbage collector', () => {
  const many = Array.from({ length: 20 }, () => borrow(SIZE));
  for (const piece of many) giveBack(piece);
  const memory = new Set(many.map(({ buffer }) => buffer));
  const again = Array.from({ length: 20 }, () => borrow(SIZE));
  expect(again.filter(({ buffer }) => memory.has(buffer))).toHaveLength(8);
});

it.each([0, 1, 1000, 600 * 1024])('lends %i bytes, and does not keep them', (size) => {
  const piece = borrow(size);
  expect(piece).toHaveLength(size);
  giveBack(piece);
});
