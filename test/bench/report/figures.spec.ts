import { added, alone, atMost, beside, ofServers, ratio } from '../measure/finding';
import { tableOfBare, tableOfTargets } from './figures';

const what = '16 clients';

describe('the tables of a run', () => {
  it('show medians, with least and most where they differ', () => {
    const finding = ratio(
      { what, figure: 'rate', unit: '/s' },
      { direct: [1_000, 1_000], gateway: [500, 700] },
      atMost(0.5),
    );
    expect(tableOfTargets([finding]).rows).toEqual([
      [what, 'rate', '1,000 /s', '600 /s (500–700)', '0.60 × (0.50–0.70)', '≤ 0.50', 'no'],
    ]);
    expect(tableOfBare([finding]).rows).toEqual([]);
  });

  it('mark a process that had no more of a core to give', () => {
    const heading = { what, figure: 'CPU', unit: '%' } as const;
    const { rows } = tableOfTargets([beside(heading, { direct: [103, 98, 99], gateway: [60] })]);
    expect(rows).toEqual([[what, 'CPU', '99 % (98–103) full', '60 %', '', '', '']]);
  });

  it('hold the gateway against the bare wrapper', () => {
    const findings = [
      ratio({ what, figure: 'rate', unit: '/s' }, { direct: [9], bare: [8], gateway: [4] }),
      added({ what, figure: 'p50', unit: 'ms' }, { direct: [2], bare: [3], gateway: [5] }),
      added({ what, figure: 'p99', unit: 'ms' }, { direct: [2], bare: [1], gateway: [5] }),
      ofServers({ what, figure: 'CPU', unit: 'ms' }, { bare: [1], gateway: [4] }),
      beside({ what, figure: 'unanswered', unit: '' }, { direct: [0], bare: [0], gateway: [1] }),
      alone({ what, figure: 'memory', unit: 'MB' }, [7]),
    ];
    expect(tableOfBare(findings).rows).toEqual([
      [what, 'rate', '9 /s', '8 /s', '4 /s', '0.50 ×'],
      [what, 'p50', '2 ms', '3 ms', '5 ms', 'adds 3 ×'],
      [what, 'p99', '2 ms', '1 ms', '5 ms', ''],
      [what, 'CPU', '', '1 ms', '4 ms', '4 ×'],
      [what, 'unanswered', '0', '0', '1', ''],
    ]);
  });
});
