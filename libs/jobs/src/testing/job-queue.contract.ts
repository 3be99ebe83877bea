import { getEventListeners } from 'node:events';

import type { Claim, JobQueue } from '../job-queue.port';

/** What every job queue promises. `makeQueue` gives an empty one. */
export function describeJobQueue(name: string, makeQueue: () => Promise<JobQueue>): void {
  describe(`${name} as a job queue`, () => {
    let queue: JobQueue;
    let end: AbortController;

    beforeEach(async () => {
      queue = await makeQueue();
      end = new AbortController();
    });

    afterEach(() => {
      end.abort();
    });

    async function enqueue(...ids: readonly string[]): Promise<void> {
      for (const id of ids) await queue.enqueue(id);
    }

    /** Claims a job that must be there. */
    async function claim(): Promise<Claim> {
      const claimed = await queue.claim(end.signal);
      if (!claimed) throw new Error('the claim was given up');
      return claimed;
    }

    async function claimIds(count: number): Promise<readonly string[]> {
      const ids: string[] = [];
      for (let index = 0; index < count; index += 1) ids.push((await claim()).jobId);
      return ids;
    }

    it('hands out jobs first in, first out', async () => {
      await enqueue('c', 'a', 'b');
      expect(await claimIds(3)).toEqual(['c', 'a', 'b']);
    });

    it('lets a claim wait for a job', async () => {
      const waiting = claim();
      await enqueue('a');
      expect((await waiting).jobId).toBe('a');
    });

    it('serves waiting claims in the order they came, one job each', async () => {
      const first = claim();
      const second = claim();
      await enqueue('a', 'b');
      expect([(await first).jobId, (await second).jobId]).toEqual(['a', 'b']);
      expect(queue.depth()).toBe(0);
    });

    it('gives no job to two claims', async () => {
      await enqueue('a', 'b');
      const [first, second] = await Promise.all([claim(), claim()]);
      expect([first.jobId, second.jobId].sort()).toEqual(['a', 'b']);
      const third = queue.claim(end.signal);
      end.abort();
      expect(await third).toBeUndefined();
    });

    it('ends a waiting claim without a job when its signal aborts, and loses none by it', async () => {
      const given = queue.claim(end.signal);
      end.abort();
      expect(await given).toBeUndefined();
      expect(getEventListeners(end.signal, 'abort')).toHaveLength(0);
      end = new AbortController();
      await enqueue('a');
      expect(queue.depth()).toBe(1);
      expect((await claim()).jobId).toBe('a');
    });

    it('takes nothing for a signal that has aborted before', async () => {
      await enqueue('a');
      expect(await queue.claim(AbortSignal.abort())).toBeUndefined();
      expect(queue.depth()).toBe(1);
    });

    it('leaves no listener on the signal of a claim that was served', async () => {
      const waiting = claim();
      await enqueue('a');
      await waiting;
      expect(getEventListeners(end.signal, 'abort')).toHaveLength(0);
    });

    it('never hands out a job that was removed', async () => {
      await enqueue('a', 'b', 'c');
      expect(await queue.remove('b')).toBe(true);
      expect(queue.depth()).toBe(2);
      expect(await claimIds(2)).toEqual(['a', 'c']);
    });

    it('says that a job was not waiting: unknown, removed, or claimed', async () => {
      await enqueue('a', 'b');
      await queue.remove('b');
      await claim();
      expect(await queue.remove('nobody')).toBe(false);
      expect(await queue.remove('b')).toBe(false);
      expect(await queue.remove('a')).toBe(false);
    });

    it('hands out a released job before all that wait', async () => {
      await enqueue('a', 'b');
      const claimed = await claim();
      await claimed.release();
      expect(queue.depth()).toBe(2);
      expect(await claimIds(2)).toEqual(['a', 'b']);
    });

    it('hands a released job to a claim that waits', async () => {
      await enqueue('a');
      const claimed = await claim();
      const waiting = claim();
      await claimed.release();
      expect((await waiting).jobId).toBe('a');
    });

    it('never hands out a job that was removed after its release', async () => {
      await enqueue('a', 'b');
      await (await claim()).release();
      expect(await queue.remove('a')).toBe(true);
      expect(await claimIds(1)).toEqual(['b']);
      expect(queue.depth()).toBe(0);
    });

    it('does not hand out a job again that was acked', async () => {
      await enqueue('a', 'b');
      const claimed = await claim();
      await claimed.renew();
      await claimed.ack();
      expect(await claimIds(1)).toEqual(['b']);
      expect(queue.depth()).toBe(0);
    });

    it('counts what waits, not what is claimed', async () => {
      expect(queue.depth()).toBe(0);
      await enqueue('a', 'b');
      expect(queue.depth()).toBe(2);
      await claim();
      expect(queue.depth()).toBe(1);
    });

    it('hands out higher priorities first, first in, first out within each', async () => {
      await enqueue('a');
      await queue.enqueue('low', { priority: -1 });
      await queue.enqueue('high', { priority: 5 });
      await queue.enqueue('high too', { priority: 5 });
      await queue.enqueue('b', { priority: 0 });
      expect(await claimIds(5)).toEqual(['high', 'high too', 'a', 'b', 'low']);
    });

    it('hands out a released job before those of higher priority', async () => {
      await queue.enqueue('low', { priority: -1 });
      const claimed = await claim();
      await queue.enqueue('high', { priority: 5 });
      await claimed.release();
      expect(queue.position('high')).toBe(1);
      expect(await claimIds(2)).toEqual(['low', 'high']);
    });

    it('leaves a job where it waits when it is enqueued again', async () => {
      await enqueue('a', 'b', 'a');
      await queue.enqueue('b', { priority: 5 });
      expect(queue.depth()).toBe(2);
      expect(await claimIds(2)).toEqual(['a', 'b']);
    });

    it('tells how many jobs are before one, as others leave, return and overtake', async () => {
      await enqueue('a', 'b', 'c');
      expect(positions('a', 'b', 'c')).toEqual([0, 1, 2]);
      const claimed = await claim();
      expect(positions('a', 'b', 'c')).toEqual([undefined, 0, 1]);
      await queue.enqueue('high', { priority: 1 });
      expect(positions('high', 'b', 'c')).toEqual([0, 1, 2]);
      await claimed.release();
      expect(positions('a', 'high', 'b', 'c')).toEqual([0, 1, 2, 3]);
      await queue.remove('b');
      expect(positions('b', 'c', 'nobody')).toEqual([undefined, 2, undefined]);
    });

    function positions(...ids: readonly string[]): readonly (number | undefined)[] {
      return ids.map((id) => queue.position(id));
    }

    it('tells each of 10,000 jobs its place', async () => {
      const ids = Array.from({ length: 10_000 }, (_, index) => `job-${index}`);
      await enqueue(...ids);
      for (const id of ids.filter((_, index) => index % 3 === 1)) await queue.remove(id);
      const waiting = ids.filter((_, index) => index % 3 !== 1);
      expect(positions(...waiting)).toEqual([...waiting.keys()]);
      expect(await claimIds(100)).toEqual(waiting.slice(0, 100));
      expect(positions(...waiting.slice(100))).toEqual([...waiting.slice(100).keys()]);
    });

    it('keeps 10,000 jobs apart, whether claimed, removed or released', async () => {
      const ids = Array.from({ length: 10_000 }, (_, index) => `job-${index}`);
      await enqueue(...ids);
      expect(queue.depth()).toBe(10_000);
      for (const id of ids.filter((_, index) => index % 2 === 1)) await queue.remove(id);
      const claims: Claim[] = [];
      while (queue.depth() > 0) claims.push(await claim());
      expect(claims.map(({ jobId }) => jobId)).toEqual(ids.filter((_, index) => index % 2 === 0));
      for (const claimed of claims) await claimed.release();
      for (const id of ids) await queue.remove(id);
      expect(queue.depth()).toBe(0);
    });
  });
}
