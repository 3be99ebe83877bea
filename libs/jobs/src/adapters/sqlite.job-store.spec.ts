import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { StateDatabase } from '@gateway/state';

import { aJob, afterFacts, facts } from '../testing/job.builder';
import { describeJobStore } from '../testing/job-store.contract';
import { JOB_MIGRATIONS, SqliteJobStore } from './sqlite.job-store';

const databases: StateDatabase[] = [];

function open(file = ':memory:'): StateDatabase {
  const options = { file, synchronous: 'NORMAL', migrations: JOB_MIGRATIONS } as const;
  const database = StateDatabase.open(options);
  databases.push(database);
  return database;
}

afterEach(() => {
  for (const database of databases.splice(0)) database.close();
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
    database.close();
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
