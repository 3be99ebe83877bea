import { countNeeded } from './needed-nodes';

const node = (inputs: Readonly<Record<string, unknown>> = {}) =>
  ({ class_type: 'Any', inputs }) as never;

describe('countNeeded', () => {
  it('counts what the outputs take, directly or not, each node once', () => {
    const graph = {
      '1': node(),
      '2': node({ image: ['1', 0], mask: ['1', 1] }),
      '3': node({ images: ['2', 0] }),
      alone: node(),
    };
    expect(countNeeded(graph, ['3'])).toBe(3);
    expect(countNeeded(graph, ['1', '3'])).toBe(3);
  });

  it('counts all where nobody knows the outputs', () => {
    expect(countNeeded({ '1': node(), '2': node() }, [])).toBe(2);
    expect(countNeeded({ '1': node(), '2': node() }, ['gone'])).toBe(2);
  });

  it('goes round no circle, and to no node that is not there', () => {
    const graph = { '1': node({ a: ['2', 0], b: ['gone', 0] }), '2': node({ a: ['1', 0] }) };
    expect(countNeeded(graph, ['1'])).toBe(2);
  });
});
