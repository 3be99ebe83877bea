import { factsIn } from './process-table';

/** A line of /proc/4711/stat, as Linux writes it. */
function stat(state: string, threads: number): string {
  return `4711 (python (main) x) ${state} 1 4710 4710 0 -1 4194304 1 0 0 0 5 2 0 0 20 0 ${threads} 0 98765 0 0`;
}

it('reads group and start, whatever the program is called', () => {
  expect(factsIn(stat('S', 12), 4711)).toEqual({
    pid: 4711,
    group: 4710,
    isZombie: false,
    startTime: '98765',
  });
});

it.each([
  ['an ended process that nobody reaped', 'Z', 1, true],
  ['one that is being taken down', 'X', 0, true],
  ['one whose other threads still end, and hold its ports', 'Z', 3, false],
  ['one that waits for its disk', 'D', 1, false],
])('takes %s for what it is', (_, state, threads, isZombie) => {
  expect(factsIn(stat(state, threads), 4711)?.isZombie).toBe(isZombie);
});

it('makes nothing of a line that breaks off', () => {
  expect(factsIn('4711 (python) S 1', 4711)).toBeUndefined();
});
