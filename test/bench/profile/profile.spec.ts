import { frameName, originOf } from './code-origin';
import { stacksOf, type CpuProfile, type CallFrame } from './cpu-profile';
import { collapsed, summaryOf } from './profile-summary';

const frame = (functionName: string, url = '', lineNumber = -1): CallFrame => ({
  functionName,
  url,
  lineNumber,
});

const ANSWER = frame('answer', '/srv/dist/libs/prompt/src/answer.js', 11);
const SEND = frame('send', 'node:net', 99);

/** (root) → answer → send, and (root) → (idle); a sample a millisecond. */
function aProfile(samples: readonly number[]): CpuProfile {
  return {
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 4] },
      { id: 2, callFrame: ANSWER, children: [3] },
      { id: 3, callFrame: SEND },
      { id: 4, callFrame: frame('(idle)') },
    ],
    samples,
    timeDeltas: samples.map(() => 1_000),
    startTime: 50_000,
  };
}

describe('the stacks of a profile', () => {
  it('have the time until the next sample, and not what was idle', () => {
    expect(stacksOf(aProfile([2, 3, 3, 4, 2, 4]))).toEqual([
      { frames: [ANSWER], selfUs: 2_000 },
      { frames: [ANSWER, SEND], selfUs: 2_000 },
    ]);
  });

  it('leave out what was before a time', () => {
    expect(stacksOf(aProfile([2, 2, 3, 4]), 52_000)).toEqual([
      { frames: [ANSWER], selfUs: 1_000 },
      { frames: [ANSWER, SEND], selfUs: 1_000 },
    ]);
  });

  it('are nothing when nobody worked', () => {
    expect(stacksOf(aProfile([4, 4]))).toEqual([]);
    expect(stacksOf(aProfile([2, 2, 4]), 90_000)).toEqual([]);
  });
});

describe('whose code it is', () => {
  it.each([
    [frame('a', 'file:///srv/node_modules/undici/lib/pool.js'), 'undici'],
    [frame('a', '/srv/node_modules/a/node_modules/@nestjs/core/index.js'), '@nestjs/core'],
    [ANSWER, 'libs/prompt'],
    [frame('a', '/srv/dist/apps/api/src/main.js'), 'apps/api'],
    [SEND, 'node:net'],
    [frame('a', 'node:internal/streams/writable'), 'node:internal/streams'],
    [frame('writev'), 'native'],
    [frame('(garbage collector)'), 'garbage collector'],
    [frame('a', '/tmp/a.js'), '/tmp/a.js'],
  ])('%o is of %s', (one, origin) => {
    expect(originOf(one)).toBe(origin);
  });

  it('has a name that ends no frame of a folded stack', () => {
    expect(frameName(ANSWER)).toBe('answer libs/prompt/src/answer.js:12');
    expect(frameName(frame('', '/srv/node_modules/a;b/c.js', 0))).toBe('(anonymous) a,b/c.js:1');
    expect(frameName(frame('writev'))).toBe('writev');
  });
});

describe('what is told of a profile', () => {
  const stacks = stacksOf(aProfile([3, 2, 3, 3, 4]));

  it('is the time in each function and package, for each prompt', () => {
    expect(summaryOf(stacks, 2)).toBe(
      `4 ms at work, 2 prompts

        ms    self  µs/prompt  by function
       3.0  75.0 %     1500.0  send node:net:100
       1.0  25.0 %      500.0  answer libs/prompt/src/answer.js:12

        ms    self  µs/prompt  by package
       3.0  75.0 %     1500.0  node:net
       1.0  25.0 %      500.0  libs/prompt
`,
    );
  });

  it('says nothing of prompts that nobody counted', () => {
    expect(summaryOf(stacks, undefined)).not.toContain('prompt ');
    expect(summaryOf(stacks, undefined)).toContain('       3.0  75.0 %  send node:net:100\n');
  });

  it('has 25 functions at most', () => {
    const many = Array.from({ length: 30 }, (_, at) => ({
      frames: [frame(`f${at}`)],
      selfUs: 100 - at,
    }));
    expect(summaryOf(many, undefined)).toContain('f24\n');
    expect(summaryOf(many, undefined)).not.toContain('f25\n');
  });

  it('is folded for flame graphs, in microseconds', () => {
    expect(collapsed(stacks)).toBe(
      'answer libs/prompt/src/answer.js:12;send node:net:100 3000\n' +
        'answer libs/prompt/src/answer.js:12 1000\n',
    );
  });
});
