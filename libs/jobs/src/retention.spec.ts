import { silentLog } from '@gateway/kernel';
import { FakeClock } from '@gateway/testing';

import { MemoryJobStore } from './adapters/memory.job-store';
import { applyFact } from './job.lifecycle';
import { Retention, type RetentionPolicy } from './retention';
import { aJob, facts } from './testing/job.builder';

const NO_LIMITS: RetentionPolicy = { maxAgeMs: 0, maxBytes: 0, maxJobs: 0 };

/** Outputs as sizes by the id of their job. */
class FakeShelf {
  readonly sizes = new Map<string, number>();
  readonly removed: string[] = [];

  remove(jobId: string): Promise<void> {
    this.removed.push(jobId);
    this.sizes.delete(jobId);
    return Promise.resolve();
  }

  sizeBytes(): number {
    return [...this.sizes.values()].reduce((sum, size) => sum + size, 0);
  }
}

function setUp(policy: Partial<RetentionPolicy>) {
  const store = new MemoryJobStore();
  const shelf = new FakeShelf();
  const clock = new FakeClock(10_000);
  const recordBytes = () => 100;
  const parts = { store, shelf, recordBytes, clock, log: silentLog };
  const retention = new Retention({ ...NO_LIMITS, ...policy }, parts);
  const ended = async (id: string, endedAt: number, sizeBytes = 0): Promise<void> => {
    await store.insert(aJob(id));
    await store.update(applyFact(aJob(id), facts.canceled, endedAt));
    await store.settle(id);
    shelf.sizes.set(id, sizeBytes);
  };
  const left = async (): Promise<readonly string[]> =>
    (await store.list({ limit: 1000 })).map(({ job }) => job.id).reverse();
  return { store, shelf, clock, retention, ended, left };
}

describe('Retention', () => {
  it('forgets what ended too long ago, with its outputs', async () => {
    const { retention, ended, left, shelf } = setUp({ maxAgeMs: 1_000 });
    await ended('old', 8_999);
    await ended('young', 9_000);
    expect(await retention.sweep()).toBe(1);
    expect(await left()).toEqual(['young']);
    expect([...shelf.sizes.keys()]).toEqual(['young']);
  });

  it('forgets the oldest until the rest fits', async () => {
    const { retention, ended, left } = setUp({ maxBytes: 1_100 });
    for (let number = 0; number < 30; number += 1) await ended(`job-${number}`, number, 100);
    await retention.sweep();
    expect((await left())[0]).toBe('job-20');
    expect(await left()).toHaveLength(10);
  });

  it('never forgets a live job, nor one for which something is left to do, whatever its size', async () => {
    const { retention, store, left, shelf } = setUp({ maxAgeMs: 1, maxBytes: 1, maxJobs: 1 });
    await store.insert(aJob('live'));
    await store.insert(aJob('owing'));
    await store.update(applyFact(aJob('owing'), facts.canceled, 1));
    shelf.sizes.set('live', 5_000).set('owing', 5_000);
    expect(await retention.sweep()).toBe(0);
    expect(await left()).toEqual(['live', 'owing']);
  });

  it('keeps so many of the latest', async () => {
    const { retention, ended, left } = setUp({ maxJobs: 2 });
    for (const [index, id] of ['a', 'b', 'c', 'd'].entries()) await ended(id, index);
    await retention.sweep();
    expect(await left()).toEqual(['c', 'd']);
  });

  it('forgets thousands in one sweep', async () => {
    const { retention, ended, left } = setUp({ maxAgeMs: 1_000 });
    for (let number = 0; number < 1_050; number += 1) await ended(`job-${number}`, number);
    expect(await retention.sweep()).toBe(1_050);
    expect(await left()).toEqual([]);
  });

  it('forgets nothing without limits', async () => {
    const { retention, ended } = setUp({});
    await ended('a', 0, 1_000_000);
    expect(await retention.sweep()).toBe(0);
  });

  it('sweeps at once and again every minute, until it is stopped', async () => {
    const { retention, ended, left, clock } = setUp({ maxAgeMs: 1_000 });
    await ended('first', 0);
    retention.start();
    await retention.stop();
    expect(await left()).toEqual([]);
    retention.start();
    await ended('second', 0);
    await clock.advance(60_000);
    await retention.stop();
    expect(await left()).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
