import { WaitingLine } from './waiting-line';

describe('WaitingLine', () => {
  it('tells each its place, whatever left before it', () => {
    const line = new WaitingLine();
    for (const id of ['a', 'b', 'c', 'd']) line.add(id);
    line.delete('b');
    expect(['a', 'b', 'c', 'd'].map((id) => line.placeOf(id))).toEqual([0, undefined, 1, 2]);
    expect(line.first()).toBe('a');
    line.delete('a');
    expect(line.first()).toBe('c');
    expect(line.placeOf('d')).toBe(1);
  });

  it('keeps the place of who is in line already', () => {
    const line = new WaitingLine();
    for (const id of ['a', 'b', 'a']) line.add(id);
    expect([line.size, line.placeOf('a'), line.placeOf('b')]).toEqual([2, 0, 1]);
  });

  it('puts who left and comes again at the end', () => {
    const line = new WaitingLine();
    for (const id of ['a', 'b']) line.add(id);
    line.delete('a');
    line.add('a');
    expect([line.first(), line.placeOf('a')]).toEqual(['b', 1]);
  });

  it('agrees with a plain list over thousands of arrivals and departures', () => {
    const line = new WaitingLine();
    const list: string[] = [];
    for (let turn = 0; turn < 5_000; turn += 1) {
      line.add(`job-${turn}`);
      list.push(`job-${turn}`);
      // Departures from the front, the middle and the end, fewer than arrivals at first.
      const leaves = turn < 1_000 ? turn % 3 === 0 : turn % 50 !== 0;
      if (leaves) {
        const [left] = list.splice((turn * 7919) % list.length, 1);
        expect(line.delete(left!)).toBe(true);
      }
      if (turn % 97 === 0) expect(list.map((id) => line.placeOf(id))).toEqual([...list.keys()]);
    }
    expect(line.size).toBe(list.length);
    for (const id of list) {
      expect(line.first()).toBe(id);
      line.delete(id);
    }
    expect(line.first()).toBeUndefined();
  });
});
