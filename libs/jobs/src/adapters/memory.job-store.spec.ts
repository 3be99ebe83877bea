import { aJob, afterFacts, facts } from '../testing/job.builder';
import { describeJobStore } from '../testing/job-store.contract';
import { MemoryJobStore } from './memory.job-store';

describeJobStore('memory', () => Promise.resolve(new MemoryJobStore({ retainEnded: 10 })));

describe('MemoryJobStore', () => {
  async function withEnded(store: MemoryJobStore, ...ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      await store.insert(aJob(id));
      await store.update(afterFacts(aJob(id), [facts.canceled]));
    }
  }

  it('forgets the job that ended first when more have ended than it retains', async () => {
    const store = new MemoryJobStore({ retainEnded: 2 });
    await store.insert(aJob('live'));
    await withEnded(store, 'a', 'b', 'c');
    expect(await store.get('a')).toBeUndefined();
    expect(await store.get('b')).toMatchObject({ status: 'canceled' });
    expect(await store.get('c')).toMatchObject({ status: 'canceled' });
    expect(await store.get('live')).toMatchObject({ status: 'queued' });
  });

  it('takes the id of a job that it has forgotten', async () => {
    const store = new MemoryJobStore({ retainEnded: 1 });
    await withEnded(store, 'a', 'b');
    await store.insert(aJob('a'));
    expect(await store.get('a')).toMatchObject({ status: 'queued' });
  });

  it('keeps no graph of a job that has ended', async () => {
    const store = new MemoryJobStore({ retainEnded: 1 });
    await withEnded(store, 'a');
    expect((await store.get('a'))?.request).toEqual({ prompt: {}, extraData: {}, sizeBytes: 0 });
  });
});
