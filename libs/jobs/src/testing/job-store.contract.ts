import type { Job } from '../job';
import { applyFact } from '../job.lifecycle';
import type { JobStore } from '../job-store.port';
import { aJob, afterFacts, facts } from './job.builder';

/** What every job store promises. `makeStore` gives an empty one that retains at least 10 ended jobs. */
export function describeJobStore(name: string, makeStore: () => Promise<JobStore>): void {
  describe(`${name} as a job store`, () => {
    let store: JobStore;

    beforeEach(async () => {
      store = await makeStore();
    });

    /** Stores each version of a job after the facts, as a service would. */
    async function live(job: Job, ...happened: readonly (keyof typeof facts)[]): Promise<Job> {
      let current = job;
      for (const type of happened) {
        current = applyFact(current, facts[type], 2_000);
        await store.update(current);
      }
      return current;
    }

    async function liveIds(): Promise<readonly string[]> {
      return (await store.listLive()).map(({ id }) => id);
    }

    it('gives back what was inserted', async () => {
      const job = aJob('a', { convertOutput: { format: 'webp' }, extraData: { client: 'x' } });
      await store.insert(job);
      expect(await store.get('a')).toEqual(job);
    });

    it('keeps 64-bit integers of a graph', async () => {
      const seed = 18_446_744_073_709_551_615n;
      const prompt = { '1': { class_type: 'KSampler', inputs: { seed } } };
      await store.insert(aJob('a', { prompt }));
      expect((await store.get('a'))?.request.prompt).toEqual(prompt);
    });

    it('knows nothing of an id that was never inserted', async () => {
      expect(await store.get('nobody')).toBeUndefined();
    });

    it('refuses a second job with the id of a live one, and keeps the first', async () => {
      const job = aJob('a');
      await store.insert(job);
      await expect(store.insert(aJob('a', { sizeBytes: 7 }))).rejects.toMatchObject({
        code: 'job.exists',
        jobId: 'a',
      });
      expect(await store.get('a')).toEqual(job);
    });

    it('refuses a second job with the id of one that has ended and is retained', async () => {
      await store.insert(aJob('a'));
      await live(aJob('a'), 'attempt-submitted', 'succeeded');
      await expect(store.insert(aJob('a'))).rejects.toMatchObject({ code: 'job.exists' });
      expect(await store.get('a')).toMatchObject({ status: 'succeeded' });
    });

    it('lets exactly one of two jobs with one id in', async () => {
      const inserted = await Promise.allSettled([store.insert(aJob('a')), store.insert(aJob('a'))]);
      expect(inserted.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('replaces a job by its next version', async () => {
      await store.insert(aJob('a'));
      const running = await live(aJob('a'), 'attempt-submitted', 'execution-started');
      expect(await store.get('a')).toEqual(running);
    });

    it('keeps how a job ended', async () => {
      await store.insert(aJob('a'));
      await live(aJob('a'), 'attempt-submitted', 'failed');
      const { failure } = facts.failed;
      expect(await store.get('a')).toMatchObject({ status: 'failed', version: 3, failure });
      await store.insert(aJob('b'));
      await live(aJob('b'), 'attempt-submitted', 'succeeded');
      const { outputs } = facts.succeeded;
      expect(await store.get('b')).toMatchObject({ status: 'succeeded', endedAt: 2_000, outputs });
    });

    it('refuses a version that does not follow the stored one, and keeps that', async () => {
      await store.insert(aJob('a'));
      const stale = afterFacts(aJob('a'), [facts['cancel-requested']]);
      const running = await live(aJob('a'), 'attempt-submitted');
      await expect(store.update(stale)).rejects.toMatchObject({
        code: 'job.conflict',
        jobId: 'a',
        expectedVersion: 1,
      });
      const ahead = { ...running, version: 9 };
      await expect(store.update(ahead)).rejects.toMatchObject({ code: 'job.conflict' });
      expect(await store.get('a')).toEqual(running);
    });

    it('lets exactly one of two concurrent transitions win', async () => {
      const job = aJob('a');
      await store.insert(job);
      const submitted = afterFacts(job, [facts['attempt-submitted']]);
      const canceled = afterFacts(job, [facts['cancel-requested']]);
      const [first, second] = await Promise.allSettled([
        store.update(submitted),
        store.update(canceled),
      ]);
      expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
      const winner = first.status === 'fulfilled' ? submitted : canceled;
      expect((await store.get('a'))?.status).toBe(winner.status);
    });

    it('refuses a conflicting change of a job that has ended', async () => {
      await store.insert(aJob('a'));
      await live(aJob('a'), 'cancel-requested');
      const late = afterFacts(aJob('a'), [facts['attempt-submitted']]);
      await expect(store.update(late)).rejects.toMatchObject({ code: 'job.conflict' });
      expect(await store.get('a')).toMatchObject({ status: 'canceled' });
    });

    it('cannot update a job it does not have', async () => {
      const job = afterFacts(aJob('nobody'), [facts['attempt-submitted']]);
      await expect(store.update(job)).rejects.toMatchObject({
        code: 'job.not_found',
        jobId: 'nobody',
      });
      expect(await store.get('nobody')).toBeUndefined();
    });

    it('lists live jobs oldest first, however they have changed since', async () => {
      for (const id of ['c', 'a', 'b']) await store.insert(aJob(id));
      await live(aJob('c'), 'attempt-submitted', 'attempt-lost');
      await live(aJob('a'), 'attempt-submitted', 'cancel-requested');
      expect(await liveIds()).toEqual(['c', 'a', 'b']);
      expect((await store.listLive()).map(({ status }) => status)).toEqual([
        'queued',
        'canceling',
        'queued',
      ]);
    });

    it.each(['succeeded', 'failed', 'canceled', 'timed-out'] as const)(
      'never lists a job that has ended: %s',
      async (ending) => {
        for (const id of ['a', 'b']) await store.insert(aJob(id));
        await live(aJob('a'), 'attempt-submitted', ending);
        expect(await liveIds()).toEqual(['b']);
      },
    );

    it('lists nothing when there is nothing, and hands out a list that stays as it is', async () => {
      const before = await store.listLive();
      await store.insert(aJob('a'));
      expect(before).toEqual([]);
    });
  });
}
