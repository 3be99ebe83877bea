import { silentLog } from '@gateway/kernel';
import { FakeClock } from '@gateway/testing';

import { MemoryJobStore } from './adapters/memory.job-store';
import { applyFact } from './job.lifecycle';
import { Retention, type KeptFiles, type KeptUpload, type RetentionPolicy } from './retention';
import { aJob, facts } from './testing/job.builder';

const NO_LIMITS: RetentionPolicy = { maxAgeMs: 0, maxBytes: 0, maxJobs: 0 };

/** Outputs as sizes by the id of their job; uploads as they are. */
class FakeFiles implements KeptFiles {
  readonly outputs = new Map<string, number>();
  readonly uploads = new Map<string, KeptUpload>();
  readonly evicted: string[] = [];

  totalBytes(): number {
    const uploads = [...this.uploads.values()].map(({ sizeBytes }) => sizeBytes);
    return [...this.outputs.values(), ...uploads].reduce((sum, size) => sum + size, 0);
  }

  outputBytesOf(jobId: string): number {
    return this.outputs.get(jobId) ?? 0;
  }

  removeOutputsOf(jobId: string): Promise<void> {
    if (this.outputs.delete(jobId)) this.evicted.push(jobId);
    return Promise.resolve();
  }

  oldestUploads(limit: number): readonly KeptUpload[] {
    return [...this.uploads.values()].sort((a, b) => a.createdAt - b.createdAt).slice(0, limit);
  }

  evictUpload(id: string): Promise<void> {
    if (this.uploads.delete(id)) this.evicted.push(id);
    return Promise.resolve();
  }
}

function setUp(policy: Partial<RetentionPolicy>) {
  const store = new MemoryJobStore();
  const files = new FakeFiles();
  const clock = new FakeClock(10_000);
  const recordBytes = () => 100;
  const parts = { store, files, recordBytes, clock, log: silentLog };
  const retention = new Retention({ ...NO_LIMITS, ...policy }, parts);
  const ended = async (id: string, endedAt: number, sizeBytes = 0): Promise<void> => {
    await store.insert(aJob(id));
    await store.update(applyFact(aJob(id), facts.canceled, endedAt));
    await store.settle(id);
    files.outputs.set(id, sizeBytes);
  };
  const uploaded = (id: string, createdAt: number, sizeBytes: number): void => {
    files.uploads.set(id, { id, createdAt, sizeBytes });
  };
  const left = async (): Promise<readonly string[]> =>
    (await store.list({ limit: 1000 })).map(({ job }) => job.id).reverse();
  return { store, files, clock, retention, ended, uploaded, left };
}

describe('Retention', () => {
  it('forgets what ended too long ago, with its outputs', async () => {
    const { retention, ended, left, files } = setUp({ maxAgeMs: 1_000 });
    await ended('old', 8_999);
    await ended('young', 9_000);
    expect(await retention.sweep()).toBe(1);
    expect(await left()).toEqual(['young']);
    expect([...files.outputs.keys()]).toEqual(['young']);
  });

  it('forgets the oldest until the rest fits', async () => {
    const { retention, ended, left } = setUp({ maxBytes: 1_100 });
    for (let number = 0; number < 30; number += 1) await ended(`job-${number}`, number, 100);
    await retention.sweep();
    expect((await left())[0]).toBe('job-20');
    expect(await left()).toHaveLength(10);
  });

  it('never forgets a live job, nor one for which something is left to do, whatever its size', async () => {
    const { retention, store, left, files } = setUp({ maxAgeMs: 1, maxBytes: 1, maxJobs: 1 });
    await store.insert(aJob('live'));
    await store.insert(aJob('owing'));
    await store.update(applyFact(aJob('owing'), facts.canceled, 1));
    files.outputs.set('live', 5_000).set('owing', 5_000);
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

  it('forgets jobs and uploads in one order until the rest fits', async () => {
    const { retention, ended, uploaded, files } = setUp({ maxBytes: 400 });
    await ended('job-1', 10, 100);
    uploaded('upload-2', 20, 100);
    await ended('job-3', 30, 100);
    uploaded('upload-4', 40, 100);
    await ended('job-5', 50, 100);
    uploaded('upload-6', 60, 100);
    expect(await retention.sweep()).toBe(3);
    expect(files.evicted).toEqual(['job-1', 'upload-2', 'job-3']);
  });

  it('keeps to that order over hundreds of either', async () => {
    const { retention, ended, uploaded, files } = setUp({ maxBytes: 100 });
    const order: string[] = [];
    for (let at = 0; at < 700; at += 1) {
      // Long runs of the one, and then of the other.
      const id = at % 300 < 150 ? `job-${at}` : `upload-${at}`;
      if (id.startsWith('job')) await ended(id, at, 1);
      else uploaded(id, at, 1);
      order.push(id);
    }
    await retention.sweep();
    expect(files.evicted).toEqual(order);
  });

  it('lets others have their turn while it sweeps, and ends soon when it is stopped', async () => {
    const { retention, ended, left } = setUp({ maxAgeMs: 1_000 });
    for (let number = 0; number < 500; number += 1) await ended(`job-${number}`, number);
    retention.start();
    await new Promise((resolve) => setImmediate(resolve));
    await retention.stop();
    const { length } = await left();
    expect(length).toBeGreaterThan(0);
    expect(length).toBeLessThan(500);
  });

  it('begins no sweep before the one under way has ended', async () => {
    const { retention, ended, clock, left } = setUp({ maxAgeMs: 1_000 });
    for (let number = 0; number < 300; number += 1) await ended(`job-${number}`, number);
    retention.start();
    expect(clock.pending).toBe(0);
    expect(await retention.sweep()).toBe(0);
    expect(await left()).toEqual([]);
    expect(clock.pending).toBe(1);
    await retention.stop();
  });

  describe('asked for room', () => {
    it('gives what there is', async () => {
      const { retention, uploaded, files } = setUp({ maxBytes: 1_000 });
      uploaded('a', 1, 500);
      expect(await retention.makeRoom(400)).toBe(true);
      expect(files.evicted).toEqual([]);
    });

    it('makes it of the oldest, and no more than it must', async () => {
      const { retention, ended, uploaded, files } = setUp({ maxBytes: 1_000 });
      for (let at = 0; at < 8; at += 2) {
        await ended(`job-${at}`, at, 100);
        uploaded(`upload-${at + 1}`, at + 1, 100);
      }
      expect(await retention.makeRoom(250)).toBe(true);
      expect(files.evicted).toEqual(['job-0', 'upload-1']);
    });

    it('forgets nothing for what cannot fit', async () => {
      const { retention, ended, files } = setUp({ maxBytes: 1_000 });
      await ended('a', 1, 500);
      files.outputs.set('live', 400);
      expect(await retention.makeRoom(600)).toBe(false);
      expect(files.evicted).toEqual([]);
    });

    it('has all there is without a limit', async () => {
      const { retention } = setUp({});
      expect(await retention.makeRoom(1e12)).toBe(true);
    });
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
    await retention.sweep();
    await ended('second', 0);
    await clock.advance(60_000);
    await retention.stop();
    expect(await left()).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
