import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { stringifyJson } from '@gateway/comfy-protocol';
import { StateDatabase } from '@gateway/state';

import type { JobQuery } from '../job-store.port';
import { aJob, afterFacts, aRequest, facts } from '../testing/job.builder';
import { describeJobStore } from '../testing/job-store.contract';
import { listingOf } from './job-listing';
import { JOB_MIGRATIONS } from './job.migrations';
import { SqliteJobStore } from './sqlite.job-store';

const databases: StateDatabase[] = [];

function open(file = ':memory:', migrations = JOB_MIGRATIONS): StateDatabase {
  const options = { file, synchronous: 'NORMAL', migrations } as const;
  const database = StateDatabase.open(options);
  databases.push(database);
  return database;
}

afterEach(async () => {
  for (const database of databases.splice(0)) await database.close();
});

describeJobStore('sqlite', () => Promise.resolve(new SqliteJobStore(open())));

describe('SqliteJobStore', () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'jobs-'));
  });

  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  /** A store, and after it another over the same file, as after the death of the process. */
  async function nextLife(live: (store: SqliteJobStore) => Promise<void>): Promise<SqliteJobStore> {
    const file = join(dir, 'state.sqlite');
    const database = open(file);
    await live(new SqliteJobStore(database));
    await database.close();
    databases.length = 0;
    return new SqliteJobStore(open(file));
  }

  it('has in its next life what it had, in order', async () => {
    const seed = 18_446_744_073_709_551_615n;
    const jobs = ['c', 'a', 'b'].map((id) =>
      aJob(id, { prompt: { '1': { class_type: 'KSampler', inputs: { seed, cfg: 7.5 } } } }),
    );
    const running = afterFacts(jobs[1] ?? aJob(), [facts['attempt-submitted']]);
    const store = await nextLife(async (earlier) => {
      for (const job of jobs) await earlier.insert(job);
      await earlier.update(running);
    });
    expect(await store.listLive()).toEqual([jobs[0], running, jobs[2]]);
  });

  it('has in its next life what was settled soon when it was flushed', async () => {
    const store = await nextLife(async (earlier) => {
      await earlier.insert(aJob('a'));
      await earlier.update(afterFacts(aJob('a'), [facts.canceled]));
      await earlier.settle('a', 'soon');
      await earlier.flush();
    });
    expect(await store.listUnsettled()).toEqual([]);
  });

  it('has in its next life what was settled soon once something else was written', async () => {
    const end = async (store: SqliteJobStore, id: string): Promise<void> => {
      await store.insert(aJob(id));
      await store.update(afterFacts(aJob(id), [facts.canceled]));
      await store.settle(id, 'soon');
    };
    const store = await nextLife(async (earlier) => {
      await end(earlier, 'a');
      await end(earlier, 'b');
    });
    expect((await store.listUnsettled()).map(({ id }) => id)).toEqual(['b']);
  });

  it('never gives a place twice, though the job that had it is forgotten', async () => {
    let place = 0;
    const store = await nextLife(async (earlier) => {
      await earlier.insert(aJob('a'));
      place = (await earlier.list({ limit: 1 }))[0]?.place ?? 0;
      await earlier.update(afterFacts(aJob('a'), [facts.canceled]));
      await earlier.remove('a');
    });
    await store.insert(aJob('b'));
    expect((await store.list({ limit: 1 }))[0]?.place).toBeGreaterThan(place);
  });

  it('reads no request, however large, for a list or for one who asks how a job is', async () => {
    const database = open();
    const store = new SqliteJobStore(database);
    await store.insert(aJob('a'));
    await store.update(afterFacts(aJob('a'), [facts.canceled]));
    database.execute(`UPDATE job_requests SET request = 'unreadable'`);
    expect((await store.list({ limit: 1 }))[0]?.job).toMatchObject({ status: 'canceled' });
    expect(await store.summary('a')).toMatchObject({ status: 'canceled' });
    await expect(store.get('a')).rejects.toThrow();
  });

  it('leaves nothing of a job that was removed', async () => {
    const database = open();
    const store = new SqliteJobStore(database);
    for (const id of ['a', 'b']) {
      await store.insert(aJob(id, { metadata: { order: '1', count: 2 } }));
    }
    await store.update(afterFacts(aJob('a'), [facts.canceled]));
    for (const id of ['a', 'b']) await store.remove(id);
    const left = ['jobs', 'job_requests', 'job_notes'].map(
      (table) => database.prepare(`SELECT * FROM ${table}`).all().length,
    );
    expect(left).toEqual([1, 1, 1]);
  });

  it.each<Partial<JobQuery>>([
    { statuses: ['failed'] },
    { statuses: ['queued', 'failed'] },
    { statuses: ['failed'], after: 9 },
    { metadata: { order: '1' } },
    { metadata: { order: '1', kind: 'x' }, statuses: ['failed'] },
    { createdFrom: 5 },
    { createdBefore: 5 },
    { createdFrom: 5, createdBefore: 9 },
  ])('lists %j along an index', (query) => {
    const { sql, values } = listingOf({ ...query, limit: 9 });
    const plan = open()
      .prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...values)
      .map(({ detail }) => detail);
    expect(plan.filter((step) => /^(SCAN|SEARCH) jobs$/.test(step))).toEqual([]);
    expect(plan.join()).toMatch(/jobs_by_ending|jobs_by_creation|SEARCH note/);
  });

  it('takes over what an earlier version wrote', async () => {
    const file = join(dir, 'state.sqlite');
    const seed = 18_446_744_073_709_551_615n;
    const request = {
      ...aRequest,
      prompt: { '1': { class_type: 'KSampler', inputs: { seed } } },
      metadata: { order: '4711', count: 2 },
      priority: 5,
    };
    const row = (id: string, wanted: object, status: string, life: object): void => {
      const ended = status === 'queued' ? null : 2_000;
      const core = { ownerId: 'default', attempts: [], ...life };
      earlier
        .prepare(
          `INSERT INTO jobs (id, version, status, created_at, ended_at, settled, request, life)
           VALUES (?, 3, ?, 1000, ?, ?, ?, ?)`,
        )
        .run(id, status, ended, id === 'done' ? 1 : 0, stringifyJson(wanted), stringifyJson(core));
    };
    const report = { prompt: request.prompt, stats: {} };
    const ending = { outputs: facts.succeeded.outputs, outputNodes: ['1'], report };
    const earlier = open(file, JOB_MIGRATIONS.slice(0, 1));
    row('waits', request, 'queued', {});
    row('done', request, 'succeeded', ending);
    row('owing', request, 'succeeded', ending);
    row('warm-up', { ...aRequest, transient: true }, 'queued', {});
    await earlier.close();
    databases.length = 0;
    const store = new SqliteJobStore(open(file));
    expect((await store.listLive()).map(({ id }) => id)).toEqual(['waits', 'warm-up']);
    for (const id of ['waits', 'done']) expect((await store.get(id))?.request).toEqual(request);
    expect(await store.get('done')).toMatchObject({ nodeCount: 1, outputs: ending.outputs });
    expect(await store.get('done')).not.toHaveProperty('report');
    expect(await store.listUnsettled()).toMatchObject([{ id: 'owing', report }]);
    const { metadata, priority } = request;
    expect((await store.summary('done'))?.request).toEqual({ metadata, priority });
    const ids = async (query: Partial<JobQuery>): Promise<readonly string[]> =>
      (await store.list({ limit: 9, ...query })).map(({ job }) => job.id);
    expect(await ids({})).toEqual(['owing', 'done', 'waits']);
    expect(await ids({ metadata: { order: '4711' }, statuses: ['queued'] })).toEqual(['waits']);
    await store.insert(aJob('next'));
    expect(await ids({ limit: 1 })).toEqual(['next']);
  });

  it('looks again at a job that is not as it remembers it', async () => {
    const database = open(join(dir, 'state.sqlite'));
    const store = new SqliteJobStore(database);
    for (const id of ['a', 'b', 'gone']) await store.insert(aJob(id));
    database.execute(`UPDATE jobs SET version = 7 WHERE id = 'a'`);
    database.execute(`UPDATE jobs SET status = 'canceled', ended_at = 5 WHERE id = 'b'`);
    database.execute(`DELETE FROM jobs WHERE id = 'gone'`);
    const running = (id: string) => afterFacts(aJob(id), [facts['attempt-submitted']]);
    await expect(store.update(running('a'))).rejects.toMatchObject({ code: 'job.conflict' });
    await store.update({ ...running('a'), version: 8 });
    database.execute(`UPDATE jobs SET version = 7 WHERE id = 'b'`);
    await expect(store.update(running('b'))).rejects.toMatchObject({ code: 'job.conflict' });
    expect(await store.get('b')).toMatchObject({ status: 'canceled' });
    await expect(store.update(running('gone'))).rejects.toMatchObject({ code: 'job.not_found' });
    expect((await store.listLive()).map(({ id }) => id)).toEqual(['a']);
  });

  it('changes nothing when its disk is full', async () => {
    const database = open(join(dir, 'state.sqlite'));
    const store = new SqliteJobStore(database);
    await store.insert(aJob('a'));
    const pages = database.sizeBytes() / 4096;
    database.prepare(`PRAGMA max_page_count = ${pages}`).all();
    const large = { metadata: { note: 'x'.repeat(1_000_000) } };
    await expect(store.insert(aJob('b', large))).rejects.toMatchObject({
      code: 'state.unavailable',
    });
    expect((await store.listLive()).map(({ id }) => id)).toEqual(['a']);
    expect(await store.get('b')).toBeUndefined();
  });
});
