import { PromptIds } from './prompt-ids';

describe('PromptIds', () => {
  it('knows the job of a prompt, also under the id that an old engine minted', () => {
    const ids = new PromptIds();
    ids.begin('ours', 'job-1');
    expect(ids.jobOf('ours')).toBe('job-1');
    ids.adopt('ours', 'theirs');
    expect(ids.jobOf('theirs')).toBe('job-1');
    expect(ids.jobOf('ours')).toBeUndefined();
  });

  it('knows no stranger', () => {
    expect(new PromptIds().jobOf('somebody')).toBeUndefined();
    expect(new PromptIds().jobOf(undefined)).toBeUndefined();
  });

  it('remembers the last that ended, and forgets those before', () => {
    const ids = new PromptIds();
    for (let n = 0; n < 1000; n += 1) {
      ids.begin(`p${n}`, `j${n}`);
      ids.end(`p${n}`);
    }
    expect(ids.jobOf('p999')).toBe('j999');
    expect(ids.jobOf('p0')).toBeUndefined();
    expect(ids.size).toBeLessThan(50);
  });
});
