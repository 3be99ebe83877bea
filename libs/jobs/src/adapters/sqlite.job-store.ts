import { stringifyJson } from '@gateway/comfy-protocol';
import type { StateDatabase, Statement } from '@gateway/state';

import {
  isTerminal,
  type Job,
  type JobSummary,
  type LiveJob,
  type TerminalJob,
  withoutReport,
} from '../job';
import type {
  ExpendableJob,
  IdQuery,
  JobQuery,
  JobStore,
  ListedJob,
  Retained,
} from '../job-store.port';
import { JobConflictError, JobExistsError, JobNotFoundError } from '../jobs.errors';
import { IS_FORGOTTEN, listingOf } from './job-listing';
import { changingColumns, notedColumns, summaryOf, wholeJobOf, type JobRow } from './job.row';

/**
 * Jobs in the gateway's database. Live ones are in memory, too: they are read at every turn, and
 * nobody else writes. What a promise of this store answered survives the death of the process.
 */
export class SqliteJobStore implements JobStore {
  private readonly live = new Map<string, LiveJob>();
  private readonly statements: ReturnType<typeof prepare>;
  /** To be settled with the next write. */
  private readonly settling = new Set<string>();

  constructor(private readonly database: StateDatabase) {
    this.statements = prepare(database);
    for (const row of this.statements.live.all()) {
      this.live.set(row.id, wholeJobOf(row, row.request) as LiveJob);
    }
  }

  insert(job: Job, alongside?: () => void): Promise<void> {
    return settle(() => {
      const { id, createdAt, request } = job;
      const { insert, insertRequest, insertNotes } = this.statements;
      this.write(() => {
        const columns = [...notedColumns(request), ...changingColumns(job)];
        if (insert.run(id, createdAt, ...columns) === 0) throw new JobExistsError(id);
        insertRequest.run(stringifyJson(request));
        if (request.metadata) insertNotes.run();
        alongside?.();
      });
      this.remember(job);
    });
  }

  get(id: string, endedFrom = -Infinity): Promise<Job | undefined> {
    return settle(() => this.find(id, endedFrom));
  }

  summary(id: string, endedFrom = -Infinity): Promise<JobSummary | undefined> {
    return settle(() => {
      const live = this.live.get(id);
      const row = live ? undefined : this.statements.byId.get(id, endedFrom);
      return row ? summaryOf(row) : live;
    });
  }

  update(job: Job, settled?: 'settled'): Promise<void> {
    return settle(() => {
      this.ensureNext(job);
      const columns = changingColumns(settled ? withoutReport(job) : job);
      const values = [...columns, settled ? 1 : 0, job.id, job.version] as const;
      if (this.write(() => this.statements.update.run(...values)) === 0) throw this.conflict(job);
      this.remember(job);
    });
  }

  note(job: LiveJob): Promise<void> {
    return settle(() => {
      this.ensureNext(job);
      if (!this.live.has(job.id)) throw this.conflict(job);
      this.remember(job);
    });
  }

  listLive(): Promise<readonly LiveJob[]> {
    return Promise.resolve([...this.live.values()]);
  }

  list(query: JobQuery): Promise<readonly ListedJob[]> {
    return settle(() => {
      const { sql, values } = listingOf(query);
      const rows = this.database.prepare<JobRow>(listed(sql)).all(...values);
      return rows.map((row) => ({
        job: this.live.get(row.id) ?? summaryOf(row),
        place: row.place,
      }));
    });
  }

  settle(id: string, soon?: 'soon'): Promise<void> {
    return settle(() => {
      this.settling.add(id);
      if (!soon) this.settleAll();
    });
  }

  flush(): Promise<void> {
    return settle(() => {
      this.settleAll();
    });
  }

  listUnsettled(): Promise<readonly TerminalJob[]> {
    return settle(() => {
      this.settleAll();
      const rows = this.statements.unsettled.all();
      return rows.map((row) => wholeJobOf(row, row.request) as TerminalJob);
    });
  }

  hasUnsettled({ beginningWith, among }: IdQuery): Promise<boolean> {
    return settle(() => {
      const limit = this.settling.size + 1;
      const ids = [beginningWith, beginningWith, JSON.stringify(among), limit] as const;
      return this.statements.unsettledIds.all(...ids).some(({ id }) => !this.settling.has(id));
    });
  }

  listExpendable(beyond: Retained, limit: number): Promise<readonly ExpendableJob[]> {
    return settle(() => {
      this.settleAll();
      if ('endedFrom' in beyond) return this.statements.endedBefore.all(beyond.endedFrom, limit);
      // To count them all is for who keeps some.
      const count = beyond.latest === 0 ? limit : this.settledCount() - beyond.latest;
      return this.statements.firstEnded.all(Math.max(0, Math.min(count, limit)));
    });
  }

  remove(id: string): Promise<void> {
    return settle(() => {
      const { removeNotes, removeRequest, remove } = this.statements;
      if (this.live.has(id)) return;
      this.database.transaction(() => {
        removeNotes.run(id);
        removeRequest.run(id);
        remove.run(id);
      });
    });
  }

  private settledCount(): number {
    return this.statements.settledCount.get()?.count ?? 0;
  }

  private find(id: string, endedFrom = -Infinity): Job | undefined {
    const live = this.live.get(id);
    const row = live ? undefined : this.statements.wholeById.get(id, endedFrom);
    return row ? wholeJobOf(row, row.request) : live;
  }

  /** One transaction, which also settles what was to be settled soon. */
  private write<Result>(work: () => Result): Result {
    const result = this.database.transaction(() => {
      for (const id of this.settling) this.statements.settle.run(id);
      return work();
    });
    this.settling.clear();
    return result;
  }

  private settleAll(): void {
    if (this.settling.size > 0) this.write(() => undefined);
  }

  /** What is in memory is newer than its row, which a note does not change. */
  private ensureNext({ id, version }: Job): void {
    const live = this.live.get(id);
    if (live && live.version !== version - 1) throw new JobConflictError(id, version - 1);
  }

  /** The row is not what it should be: what is remembered of it was wrong. */
  private conflict({ id, version }: Job): Error {
    this.live.delete(id);
    const job = this.find(id);
    if (!job) return new JobNotFoundError(id);
    this.remember(job);
    return new JobConflictError(id, version - 1);
  }

  private remember(job: Job): void {
    if (isTerminal(job)) this.live.delete(job.id);
    else this.live.set(job.id, job);
  }
}

const COLUMNS = `jobs.place, jobs.id, jobs.version, jobs.status, jobs.created_at, jobs.ended_at,
  jobs.life, jobs.priority, jobs.metadata`;
const SUMMARY = `SELECT ${COLUMNS} FROM jobs`;
const WHOLE = `SELECT ${COLUMNS}, job_requests.request FROM jobs JOIN job_requests USING (place)`;

interface WholeRow extends JobRow {
  readonly request: string;
}

function listed(places: string): string {
  return `${SUMMARY} WHERE place IN (${places}) ORDER BY place DESC`;
}

function prepare(database: StateDatabase) {
  const expendable = (more: string): Statement<ExpendableJob> =>
    database.prepare(
      `SELECT id, ended_at AS endedAt FROM jobs WHERE settled = 1 ${more}
       ORDER BY ended_at, place LIMIT ?`,
    );
  const endedPlace = 'SELECT place FROM jobs WHERE id = ? AND ended_at IS NOT NULL';
  return {
    insert: database.prepare(
      `INSERT INTO jobs (id, created_at, transient, priority, metadata, version, status, ended_at,
         life)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ),
    /** Of the job that was inserted last. */
    insertRequest: database.prepare(
      'INSERT INTO job_requests (place, request) VALUES (last_insert_rowid(), ?)',
    ),
    insertNotes: database.prepare(
      `INSERT INTO job_notes (key, text, place)
       SELECT note.key, note.value, jobs.place
       FROM jobs, json_each(jobs.metadata) AS note
       WHERE jobs.place = last_insert_rowid() AND note.type = 'text'`,
    ),
    update: database.prepare(
      `UPDATE jobs SET version = ?, status = ?, ended_at = ?, life = ?, settled = ?
       WHERE id = ? AND version < ? AND ended_at IS NULL`,
    ),
    byId: database.prepare<JobRow>(`${SUMMARY} WHERE id = ? AND NOT ${IS_FORGOTTEN}`),
    wholeById: database.prepare<WholeRow>(`${WHOLE} WHERE id = ? AND NOT ${IS_FORGOTTEN}`),
    live: database.prepare<WholeRow>(`${WHOLE} WHERE ended_at IS NULL ORDER BY place`),
    unsettled: database.prepare<WholeRow>(
      `${WHOLE} WHERE ended_at IS NOT NULL AND settled = 0 ORDER BY place`,
    ),
    /** Ids are looked for in their index: no text that begins so comes after the highest character. */
    unsettledIds: database.prepare<{ readonly id: string }>(
      `SELECT id FROM jobs WHERE settled = 0 AND id >= ? AND id < ? || char(0x10FFFF)
       UNION ALL
       SELECT id FROM jobs WHERE settled = 0 AND id IN (SELECT value FROM json_each(?)) LIMIT ?`,
    ),
    settle: database.prepare(
      `UPDATE jobs SET settled = 1, life = json_remove(life, '$.report') WHERE id = ?`,
    ),
    endedBefore: expendable('AND ended_at < ?'),
    firstEnded: expendable(''),
    settledCount: database.prepare<{ readonly count: number }>(
      'SELECT COUNT(*) AS count FROM jobs WHERE settled = 1',
    ),
    removeNotes: database.prepare(
      `DELETE FROM job_notes WHERE (key, text, place) IN
         (SELECT note.key, note.value, jobs.place FROM jobs, json_each(jobs.metadata) AS note
          WHERE jobs.id = ? AND jobs.ended_at IS NOT NULL AND note.type = 'text')`,
    ),
    removeRequest: database.prepare(`DELETE FROM job_requests WHERE place = (${endedPlace})`),
    remove: database.prepare('DELETE FROM jobs WHERE id = ? AND ended_at IS NOT NULL'),
  };
}

/** A synchronous call as the asynchronous answer the port promises. */
function settle<Result>(call: () => Result): Promise<Result> {
  return new Promise((resolve) => {
    resolve(call());
  });
}
