import type { Migration, StateDatabase, Statement, SqlValue } from '@gateway/state';

import { isTerminal, type Job, type LiveJob, type TerminalJob } from '../job';
import type { ExpendableJob, JobQuery, JobStore, ListedJob, Retained } from '../job-store.port';
import { JobConflictError, JobExistsError, JobNotFoundError } from '../jobs.errors';
import { changingColumns, jobOf, requestColumn, type JobRow } from './job.row';

/** `settled` is no part of the job: it says what the gateway has left to do for it. */
export const JOB_MIGRATIONS: readonly Migration[] = [
  {
    name: 'jobs/1',
    sql: `
      CREATE TABLE jobs (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        status TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        ended_at INTEGER,
        settled INTEGER NOT NULL DEFAULT 0,
        request TEXT NOT NULL,
        life TEXT NOT NULL
      ) STRICT;
      CREATE INDEX jobs_live ON jobs (place) WHERE ended_at IS NULL;
      CREATE INDEX jobs_unsettled ON jobs (place) WHERE ended_at IS NOT NULL AND settled = 0;
      CREATE INDEX jobs_settled ON jobs (ended_at, place) WHERE settled = 1;
    `,
  },
];

/**
 * Jobs in the gateway's database. Live ones are in memory, too: they are read at every turn, and
 * nobody else writes. What a promise of this store answered survives the death of the process.
 */
export class SqliteJobStore implements JobStore {
  private readonly live = new Map<string, LiveJob>();
  private readonly statements: ReturnType<typeof prepare>;

  constructor(private readonly database: StateDatabase) {
    this.statements = prepare(database);
    for (const row of this.statements.live.all()) this.live.set(row.id, jobOf(row) as LiveJob);
  }

  insert(job: Job): Promise<void> {
    return settle(() => {
      const { id, createdAt } = job;
      if (this.live.has(id) || this.statements.byId.get(id)) throw new JobExistsError(id);
      this.statements.insert.run(id, createdAt, requestColumn(job), ...changingColumns(job));
      this.remember(job);
    });
  }

  get(id: string): Promise<Job | undefined> {
    return settle(() => this.find(id));
  }

  update(job: Job): Promise<void> {
    return settle(() => {
      const expected = job.version - 1;
      if (this.statements.update.run(...changingColumns(job), job.id, expected) === 0) {
        throw this.findAnew(job.id)
          ? new JobConflictError(job.id, expected)
          : new JobNotFoundError(job.id);
      }
      this.remember(job);
    });
  }

  listLive(): Promise<readonly LiveJob[]> {
    return Promise.resolve([...this.live.values()]);
  }

  list(query: JobQuery): Promise<readonly ListedJob[]> {
    return settle(() => {
      const { sql, values } = listing(query);
      const rows = this.database.prepare<JobRow & { readonly place: number }>(sql).all(...values);
      return rows.map((row) => ({ job: jobOf(row), place: row.place }));
    });
  }

  settle(id: string): Promise<void> {
    return settle(() => void this.statements.settle.run(id));
  }

  listUnsettled(): Promise<readonly TerminalJob[]> {
    return settle(() => this.statements.unsettled.all().map((row) => jobOf(row) as TerminalJob));
  }

  listExpendable(beyond: Retained, limit: number): Promise<readonly ExpendableJob[]> {
    return settle(() => {
      if ('endedFrom' in beyond) return this.statements.endedBefore.all(beyond.endedFrom, limit);
      // To count them all is for who keeps some.
      const count = beyond.latest === 0 ? limit : this.settledCount() - beyond.latest;
      return this.statements.firstEnded.all(Math.max(0, Math.min(count, limit)));
    });
  }

  remove(id: string): Promise<void> {
    return settle(() => void this.statements.remove.run(id));
  }

  private settledCount(): number {
    return this.statements.settledCount.get()?.count ?? 0;
  }

  private find(id: string): Job | undefined {
    const row = this.live.has(id) ? undefined : this.statements.byId.get(id);
    return row ? jobOf(row) : this.live.get(id);
  }

  /** What is remembered of it was wrong. */
  private findAnew(id: string): Job | undefined {
    this.live.delete(id);
    const job = this.find(id);
    if (job) this.remember(job);
    return job;
  }

  private remember(job: Job): void {
    if (isTerminal(job)) this.live.delete(job.id);
    else this.live.set(job.id, job);
  }
}

const COLUMNS = 'id, version, status, created_at, ended_at, request, life';

function prepare(database: StateDatabase) {
  const expendable = (more: string): Statement<ExpendableJob> =>
    database.prepare(
      `SELECT id, ended_at AS endedAt FROM jobs WHERE settled = 1 ${more}
       ORDER BY ended_at, place LIMIT ?`,
    );
  return {
    insert: database.prepare(
      `INSERT INTO jobs (id, created_at, request, version, status, ended_at, life)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    update: database.prepare(
      `UPDATE jobs SET version = ?, status = ?, ended_at = ?, life = ? WHERE id = ? AND version = ?`,
    ),
    byId: database.prepare<JobRow>(`SELECT ${COLUMNS} FROM jobs WHERE id = ?`),
    live: database.prepare<JobRow>(
      `SELECT ${COLUMNS} FROM jobs WHERE ended_at IS NULL ORDER BY place`,
    ),
    unsettled: database.prepare<JobRow>(
      `SELECT ${COLUMNS} FROM jobs WHERE ended_at IS NOT NULL AND settled = 0 ORDER BY place`,
    ),
    settle: database.prepare('UPDATE jobs SET settled = 1 WHERE id = ?'),
    endedBefore: expendable('AND ended_at < ?'),
    firstEnded: expendable(''),
    settledCount: database.prepare<{ readonly count: number }>(
      'SELECT COUNT(*) AS count FROM jobs WHERE settled = 1',
    ),
    remove: database.prepare('DELETE FROM jobs WHERE id = ? AND ended_at IS NOT NULL'),
  };
}

/** Only what the query asks for becomes a condition, so that the index by place is used. */
function listing(query: JobQuery): { readonly sql: string; readonly values: readonly SqlValue[] } {
  const conditions = [`request ->> '$.transient' IS NULL`];
  const values: SqlValue[] = [];
  const where = (condition: string, ...bound: readonly SqlValue[]): void => {
    conditions.push(condition);
    values.push(...bound);
  };
  const { statuses, createdFrom, createdBefore, metadata = {}, after, limit } = query;
  if (after !== undefined) where('place < ?', after);
  if (statuses) where(`status IN (${statuses.map(() => '?').join(', ')})`, ...statuses);
  if (createdFrom !== undefined) where('created_at >= ?', createdFrom);
  if (createdBefore !== undefined) where('created_at < ?', createdBefore);
  for (const [key, text] of Object.entries(metadata)) {
    where(
      `EXISTS (SELECT 1 FROM json_each(request, '$.metadata')
               WHERE key = ? AND type = 'text' AND value = ?)`,
      key,
      text,
    );
  }
  const sql = `SELECT place, ${COLUMNS} FROM jobs WHERE ${conditions.join(' AND ')}
               ORDER BY place DESC LIMIT ?`;
  return { sql, values: [...values, limit] };
}

/** A synchronous call as the asynchronous answer the port promises. */
function settle<Result>(call: () => Result): Promise<Result> {
  return new Promise((resolve) => {
    resolve(call());
  });
}
