import type { Job, JobReport, LiveJob } from '../job';
import { applyFact } from '../job.lifecycle';
import type { JobQuery, JobStore, Retained } from '../job-store.port';
import { matches } from '../job-query';
import { aJob, afterFacts, facts } from './job.builder';

const ENDINGS: readonly (readonly (keyof typeof facts)[])[] = [
  [],
  ['attempt-submitted'],
  ['attempt-submitted', 'succeeded'],
  ['attempt-submitted', 'failed'],
  ['canceled'],
];

/** What every job store promises. `makeStore` gives an empty one. */
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

    it('inserts a job with what is to be written alongside, or neither', async () => {
      let done = 0;
      const count = (): void => {
        done += 1;
      };
      await store.insert(aJob('a'), count);
      expect(done).toBe(1);
      await expect(store.insert(aJob('a'), count)).rejects.toMatchObject({ code: 'job.exists' });
      expect(done).toBe(1);
      const failing = (): void => {
        throw new Error('no room');
      };
      await expect(store.insert(aJob('b'), failing)).rejects.toThrow('no room');
      expect(await store.get('b')).toBeUndefined();
      expect(await liveIds()).toEqual(['a']);
      await store.insert(aJob('b'));
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

    it('keeps a request whole when its job has ended', async () => {
      const job = aJob('a', { metadata: { order: '4711' }, priority: 3, keep: true });
      await store.insert(job);
      await live(job, 'attempt-submitted', 'succeeded');
      expect((await store.get('a'))?.request).toEqual(job.request);
    });

    describe('settling', () => {
      const ids = (jobs: readonly Job[]): readonly string[] => jobs.map(({ id }) => id);

      it('tells whether there is a job that is not, by its id or by how that begins', async () => {
        for (const id of ['a_b', 'aa', '_', 'a_😀', 'z_1']) await store.insert(aJob(id));
        const begins = async (...beginnings: readonly string[]): Promise<readonly boolean[]> =>
          Promise.all(
            beginnings.map((beginningWith) => store.hasUnsettled({ beginningWith, among: [] })),
          );
        const among = (...ids: readonly string[]): Promise<boolean> =>
          store.hasUnsettled({ beginningWith: 'nobody', among: ids });
        const found = await begins('a_', 'a_😀', 'b', 'a_c', 'A_', 'z');
        expect(found).toEqual([true, true, false, false, false, true]);
        expect([await among('a', 'a_b'), await among('a', 'z'), await among()]).toEqual([
          ...[true, false, false],
        ]);
        await live(aJob('a_b'), 'canceled');
        expect(await begins('a_')).toEqual([true]);
        await store.settle('a_b', 'soon');
        expect([...(await begins('a_')), await among('a_b')]).toEqual([true, false]);
        await live(aJob('a_😀'), 'canceled');
        await store.settle('a_😀', 'soon');
        expect(await begins('a_')).toEqual([false]);
      });

      it('can be a part of the last write', async () => {
        await store.insert(aJob('a'));
        await store.update(applyFact(aJob('a'), facts.canceled, 5), 'settled');
        expect(await store.listUnsettled()).toEqual([]);
        expect(await store.listExpendable({ latest: 0 }, 9)).toEqual([{ id: 'a', endedAt: 5 }]);
      });

      it('drops a report, which nobody needs any more', async () => {
        const stats = {} as JobReport['stats'];
        const report = { prompt: aJob().request.prompt, stats };
        for (const id of ['at once', 'later']) {
          await store.insert(aJob(id));
          const running = await live(aJob(id), 'attempt-submitted');
          const ended = applyFact(running, { ...facts.succeeded, report }, 5);
          await store.update(ended, id === 'at once' ? 'settled' : undefined);
        }
        expect(await store.get('later')).toMatchObject({ report });
        await store.settle('later');
        for (const id of ['at once', 'later']) {
          expect(await store.get(id)).not.toHaveProperty('report');
          expect(await store.get(id)).toMatchObject({ outputs: facts.succeeded.outputs });
        }
      });

      it('settles soon what need not be settled at once', async () => {
        await store.insert(aJob('a'));
        await live(aJob('a'), 'canceled');
        await store.settle('a', 'soon');
        expect(await store.listUnsettled()).toEqual([]);
      });

      it('lists what has ended and is not settled, as it was accepted', async () => {
        for (const id of ['a', 'b', 'c', 'd']) await store.insert(aJob(id));
        for (const id of ['c', 'a', 'b']) await live(aJob(id), 'attempt-submitted', 'failed');
        await store.settle('b');
        expect(ids(await store.listUnsettled())).toEqual(expect.arrayContaining(['a', 'c']));
        expect(await store.listUnsettled()).toHaveLength(2);
        expect((await store.listUnsettled())[0]).toMatchObject({ status: 'failed' });
      });

      it('changes nothing of the job', async () => {
        await store.insert(aJob('a'));
        const ended = await live(aJob('a'), 'attempt-submitted', 'succeeded');
        await store.settle('a');
        expect(await store.get('a')).toEqual(ended);
      });
    });

    describe('forgetting', () => {
      /** Jobs that ended at the times given, settled. */
      async function ended(times: Readonly<Record<string, number>>): Promise<void> {
        for (const [id, at] of Object.entries(times)) {
          await store.insert(aJob(id));
          await store.update(applyFact(aJob(id), facts.canceled, at));
          await store.settle(id);
        }
      }

      const expendable = async (beyond: Retained, limit: number): Promise<readonly string[]> =>
        (await store.listExpendable(beyond, limit)).map(({ id }) => id);

      it('says when they ended', async () => {
        await ended({ a: 10 });
        expect(await store.listExpendable({ latest: 0 }, 9)).toEqual([{ id: 'a', endedAt: 10 }]);
      });

      it('names settled jobs that ended before a time, oldest first, so many at most', async () => {
        await ended({ a: 10, b: 20, c: 30 });
        await store.insert(aJob('live'));
        await store.insert(aJob('owing'));
        await store.update(applyFact(aJob('owing'), facts.canceled, 5));
        expect(await expendable({ endedFrom: 30 }, 9)).toEqual(['a', 'b']);
        expect(await expendable({ endedFrom: 99 }, 2)).toEqual(['a', 'b']);
      });

      it('names settled jobs beyond the latest, oldest first, so many at most', async () => {
        await ended({ a: 10, b: 20, c: 30, d: 40 });
        expect(await expendable({ latest: 1 }, 9)).toEqual(['a', 'b', 'c']);
        expect(await expendable({ latest: 1 }, 2)).toEqual(['a', 'b']);
        expect(await expendable({ latest: 9 }, 9)).toEqual([]);
      });

      it('shows none that is to be forgotten, but what is live or not settled', async () => {
        await ended({ old: 10, young: 20 });
        await store.insert(aJob('live'));
        await store.insert(aJob('owing'));
        await store.update(applyFact(aJob('owing'), facts.canceled, 5));
        const shown = async (endedFrom?: number) => {
          const some = await Promise.all(
            ['old', 'young', 'live', 'owing'].flatMap((id) => [
              store.get(id, endedFrom),
              store.summary(id, endedFrom),
            ]),
          );
          const query = { limit: 9, ...(endedFrom !== undefined && { endedFrom }) };
          const list = (await store.list(query)).map(({ job }) => job.id);
          return [some.flatMap((job) => job?.id ?? []), list];
        };
        expect(await shown(20)).toEqual([
          ['young', 'young', 'live', 'live', 'owing', 'owing'],
          ['owing', 'live', 'young'],
        ]);
        for (const all of [await shown(), await shown(-Infinity), await shown(10)]) {
          expect(all.map(({ length }) => length)).toEqual([8, 4]);
        }
      });

      it('frees the id of a job that has ended', async () => {
        await ended({ a: 10 });
        await store.remove('a');
        expect(await store.get('a')).toBeUndefined();
        await store.insert(aJob('a'));
        expect(await store.get('a')).toMatchObject({ status: 'queued' });
      });

      it('never forgets a live one', async () => {
        await store.insert(aJob('a'));
        await store.remove('a');
        expect(await store.get('a')).toMatchObject({ status: 'queued' });
        expect(await liveIds()).toEqual(['a']);
      });
    });

    it('notes a change of a live job, and takes it along with the next', async () => {
      const running = applyFact(aJob('a'), facts['attempt-submitted'], 2) as LiveJob;
      const started = applyFact(running, { type: 'execution-started' }, 3) as LiveJob;
      await store.insert(aJob('a'));
      await store.update(running);
      await store.note(started);
      expect(await store.get('a')).toEqual(started);
      await expect(store.note(started)).rejects.toMatchObject({ code: 'job.conflict' });
      await store.update(applyFact(started, facts.succeeded, 4));
      expect(await store.get('a')).toMatchObject({
        status: 'succeeded',
        attempts: [{ startedAt: 3 }],
      });
    });

    describe('listing', () => {
      const listed = async (query: Partial<JobQuery>): Promise<readonly string[]> =>
        (await store.list({ limit: 10, ...query })).map(({ job }) => job.id);

      it('shows the newest first, live and ended alike', async () => {
        for (const id of ['c', 'a', 'b']) await store.insert(aJob(id));
        await live(aJob('a'), 'attempt-submitted', 'succeeded');
        expect(await listed({})).toEqual(['b', 'a', 'c']);
      });

      it('shows nothing that nobody asked for', async () => {
        await store.insert(aJob('warm-up', { transient: true }));
        await store.insert(aJob('a'));
        expect(await listed({})).toEqual(['a']);
      });

      it('goes on after a place', async () => {
        for (const id of ['a', 'b', 'c', 'd']) await store.insert(aJob(id));
        const first = await store.list({ limit: 2 });
        expect(first.map(({ job }) => job.id)).toEqual(['d', 'c']);
        expect(await listed({ after: first.at(-1)?.place ?? 0 })).toEqual(['b', 'a']);
      });

      it('shows only what was asked for', async () => {
        await store.insert(aJob('plain'));
        await store.insert(aJob('mine', { metadata: { user: 'u1', n: 1 } }));
        await store.insert(aJob('done', { metadata: { user: 'u2' } }));
        await live(aJob('done', { metadata: { user: 'u2' } }), 'attempt-submitted', 'failed');
        expect(await listed({ statuses: ['failed', 'running'] })).toEqual(['done']);
        expect(await listed({ metadata: { user: 'u1' } })).toEqual(['mine']);
        expect(await listed({ metadata: { n: '1' } })).toEqual([]);
        expect(await listed({ createdFrom: 1_001 })).toEqual([]);
        expect(await listed({ createdFrom: 1_000, createdBefore: 1_001 })).toHaveLength(3);
        expect(await listed({ createdBefore: 1_000 })).toEqual([]);
      });

      it('gives back what a list shows of a job, ended or not', async () => {
        const notes = { metadata: { user: 'u1' }, priority: 3 };
        for (const id of ['live', 'done']) await store.insert(aJob(id, notes));
        const ended = await live(aJob('done', notes), 'attempt-submitted', 'failed');
        const shown = { ...ended, request: notes };
        expect((await store.list({ limit: 1 }))[0]?.job).toMatchObject(shown);
        expect(await store.summary('done')).toMatchObject(shown);
        expect(await store.summary('live')).toMatchObject({ status: 'queued', request: notes });
        expect(await store.summary('nobody')).toBeUndefined();
      });

      it('agrees with a plain filter, whatever is asked for together', async () => {
        const jobs: { job: Job; place: number }[] = [];
        for (let number = 0; number < 60; number += 1) {
          const metadata = { user: `u${number % 2}`, kind: `k${number % 3}` };
          // The clock is set back now and then.
          const createdAt = 1_000 + number - (number % 7 === 0 ? 20 : 0);
          const job = { ...aJob(`job-${number}`, { metadata }), createdAt };
          await store.insert(job);
          const facts = ENDINGS[number % ENDINGS.length] ?? [];
          const place = (await store.list({ limit: 1 }))[0]?.place ?? 0;
          jobs.push({ job: await live(job, ...facts), place });
        }
        const some: readonly Partial<JobQuery>[] = [
          {},
          { statuses: ['failed'] },
          { statuses: ['queued', 'succeeded', 'queued'] },
          { metadata: { user: 'u1' } },
          { metadata: { user: 'u1', kind: 'k2' } },
          { createdFrom: 1_030 },
          { createdBefore: 1_030 },
          { after: jobs[40]?.place ?? 0 },
        ];
        for (const one of some) {
          for (const other of some) {
            const query = { ...one, ...other, limit: 7 };
            const expected = jobs
              .filter(({ job, place }) => matches(job, query) && place < (query.after ?? Infinity))
              .reverse();
            const ids = expected.slice(0, 7).map(({ job }) => job.id);
            expect([query, await listed(query)]).toEqual([query, ids]);
          }
        }
      });
    });

    it('lists nothing when there is nothing, and hands out a list that stays as it is', async () => {
      const before = await store.listLive();
      await store.insert(aJob('a'));
      expect(before).toEqual([]);
    });
  });
}
