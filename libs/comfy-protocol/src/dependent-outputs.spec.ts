import { DependentOutputs } from './dependent-outputs';

describe('DependentOutputs', () => {
  it('lists every refused output with each node that failed until then', () => {
    const dependents = new DependentOutputs(Infinity);
    dependents.add(['a'], 'a');
    dependents.add(['a', 'b', 'c'], 'c');
    expect([...dependents.byNode]).toEqual([
      ['a', ['a', 'c']],
      ['b', ['c']],
      ['c', ['c']],
    ]);
  });

  it('ends each list after 100 outputs, and the next one no earlier', () => {
    const dependents = addEach(150, Infinity).dependents;
    expect(dependents.byNode.get('n0')).toHaveLength(100);
    expect(dependents.byNode.get('n0')?.at(-1)).toBe('n99');
    expect(dependents.byNode.get('n50')).toHaveLength(100);
    expect(dependents.byNode.get('n51')).toHaveLength(99);
    expect(dependents.byNode.get('n149')).toEqual(['n149']);
  });

  it('does not look at full lists again', () => {
    const small = addEach(1000, Infinity).reads;
    const large = addEach(4000, Infinity).reads;
    expect(large).toBeLessThan(small * 4.5);
    expect(large).toBeLessThanOrEqual(4000 * 100);
  });

  it('does not look at nodes beyond those it was asked for', () => {
    const { dependents, reads } = addEach(4000, 10);
    expect([...dependents.byNode.keys()]).toEqual(Array.from({ length: 10 }, (_, i) => `n${i}`));
    expect(reads).toBeLessThanOrEqual(10 * 100);
  });
});

/** Refuses `count` outputs, each of which fails on its own, and counts the looks at failed nodes. */
function addEach(
  count: number,
  maxNodes: number,
): { readonly dependents: DependentOutputs; readonly reads: number } {
  let reads = 0;
  const ids: string[] = [];
  const failed = new Proxy(ids, {
    get(target, key, receiver): unknown {
      if (typeof key === 'string' && /^\d/.test(key)) reads += 1;
      return Reflect.get(target, key, receiver);
    },
  });
  const dependents = new DependentOutputs(maxNodes);
  for (let index = 0; index < count; index += 1) {
    ids.push(`n${index}`);
    dependents.add(failed, `n${index}`);
  }
  return { dependents, reads };
}
