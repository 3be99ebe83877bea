import { added, alone, atLeast, atMost, isMet, ratio } from './finding';
import { percentile, spreadOf } from './spread';

describe('the figures of the benchmark', () => {
  it('are the median, the least and the most of the repeats', () => {
    expect(spreadOf([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 });
    expect(spreadOf([4, 2])).toEqual({ median: 3, min: 2, max: 4 });
  });

  it('are no figures when nothing was measured', () => {
    expect(() => spreadOf([])).toThrow('No value was measured');
  });

  it('have percentiles between their values', () => {
    expect(percentile([30, 10, 20], 50)).toBe(20);
    expect(percentile([0, 100], 99)).toBe(99);
  });

  it('compare what was measured in the same repeat', () => {
    const heading = { what: 'a', figure: 'b', unit: 'ms' } as const;
    const pairs = { direct: [1, 10, 100], gateway: [2, 15, 300] };
    expect(ratio(heading, pairs).compared).toEqual({
      how: 'ratio',
      spread: { median: 2, min: 1.5, max: 3 },
    });
    expect(added(heading, pairs).compared).toEqual({
      how: 'added',
      spread: { median: 5, min: 1, max: 200 },
    });
  });

  it('meet a target by their comparison, or else by themselves', () => {
    const heading = { what: 'a', figure: 'b', unit: 'ms' } as const;
    const pairs = { direct: [10], gateway: [15] };
    expect(isMet(ratio(heading, pairs, atMost(1.5)))).toBe(true);
    expect(isMet(ratio(heading, pairs, atLeast(1.6)))).toBe(false);
    expect(isMet(alone(heading, [15], atMost(14)))).toBe(false);
    expect(isMet(alone(heading, [15]))).toBeUndefined();
  });
});
