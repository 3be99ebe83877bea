import { OwnedWork } from './owned-work';
import { settle } from '@gateway/testing';

describe('owned work', () => {
  it('does the jobs of the line one after the other', async () => {
    const seen: string[] = [];
    const work = new OwnedWork(() => undefined);
    work.inLine(async () => {
      await settle();
      seen.push('first');
    });
    work.inLine(() => Promise.resolve(void seen.push('second')));
    await work.drained();
    expect(seen).toEqual(['first', 'second']);
  });

  it('drains what came in while it drained', async () => {
    const seen: string[] = [];
    const work = new OwnedWork(() => undefined);
    work.now(async () => {
      await settle();
      work.inLine(async () => {
        await settle();
        seen.push('late');
      });
    });
    await work.drained();
    expect(seen).toEqual(['late']);
  });

  it('hears a failure and goes on', async () => {
    const failures: unknown[] = [];
    const seen: string[] = [];
    const work = new OwnedWork((error) => failures.push(error));
    work.inLine(() => Promise.reject(new Error('one')));
    work.now(() => Promise.reject(new Error('two')));
    work.inLine(() => Promise.resolve(void seen.push('after')));
    await work.drained();
    expect(failures).toHaveLength(2);
    expect(seen).toEqual(['after']);
  });
});
