import { closeSync, openSync } from 'node:fs';

import Database from 'libsql';

import { BackgroundCheckpoints } from './background-checkpoints';
import { migrate, type Migration } from './migration';
import { problemOf, type SqliteProblem } from './sqlite-problem';
import { StateUnavailableError, StateUnusableError } from './state.errors';
import { StateLock } from './state.lock';

export interface StateOptions {
  /** Path of the database; `:memory:` keeps nothing beyond this process. */
  readonly file: string;
  /**
   * `NORMAL`: what is written survives the death of the process. `FULL`: of the machine's power,
   * too, at the price of a flush per write.
   */
  readonly synchronous: 'NORMAL' | 'FULL';
  /** Those of every lib that keeps something here. */
  readonly migrations: readonly Migration[];
}

/** A value that a column holds. Booleans are 0 and 1, anything else is JSON. */
export type SqlValue = string | number | Buffer | null;

/** A statement that was compiled once. What changes something is {@link run}, never read. */
export interface Statement<Row> {
  /** A transaction, or a part of the one under way. @returns how many rows it changed. */
  run(...values: readonly SqlValue[]): number;
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): Row[];
}

/**
 * The gateway's one SQLite database. Calls are synchronous: a write goes into the page cache of the
 * system and takes microseconds, less than handing it to a thread would.
 *
 * What the file or its disk is to blame for is thrown as StateUnavailableError
 * (`state.unavailable`), in words for people; all else as SQLite's own error.
 */
export class StateDatabase {
  private depth = 0;
  private isClosed = false;
  private size: Statement<{ readonly bytes: number }> | undefined;

  private constructor(
    private readonly connection: Database.Database,
    readonly file: string,
    private readonly lock: StateLock | undefined,
    private readonly checkpoints: BackgroundCheckpoints | undefined,
  ) {}

  /**
   * Opens the database for this process alone, and brings it into its present shape.
   *
   * @throws StateUnusableError with the code that says why.
   */
  static open({ file, synchronous, migrations }: StateOptions): StateDatabase {
    let lock: StateLock | undefined;
    try {
      if (file !== IN_MEMORY) {
        closeSync(openSync(file, 'a', 0o600));
        lock = StateLock.acquire(file);
      }
      const checkpoints = lock && new BackgroundCheckpoints(file);
      const database = new StateDatabase(new Database(file), file, lock, checkpoints);
      database.prepare(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`).all();
      database.prepare('PRAGMA journal_mode = WAL').all();
      database.execute(`PRAGMA synchronous = ${synchronous}`);
      database.prepare(`PRAGMA wal_autocheckpoint = ${MOST_PAGES_AHEAD}`).all();
      migrate(database, migrations);
      return database;
    } catch (cause) {
      lock?.release();
      if (cause instanceof StateUnusableError) throw cause;
      const { code, reason } = openingProblem(cause);
      throw new StateUnusableError(code, file, reason, { cause });
    }
  }

  prepare<Row = never>(sql: string): Statement<Row> {
    const statement = this.guarded(() => this.connection.prepare(sql));
    return {
      run: (...values) => this.transaction(() => this.guarded(() => statement.run(values).changes)),
      get: (...values) => this.guarded(() => statement.get(values) as Row | undefined),
      all: (...values) => this.guarded(() => statement.all(values) as Row[]),
    };
  }

  execute(sql: string): void {
    this.guarded(() => this.connection.exec(sql));
  }

  /**
   * All of `work` or nothing of it. One within another is a part of that. `work` must not wait.
   *
   * Every write is in one. SQLite leaves a compiled write that met SQLITE_BUSY in the middle of its
   * step and commits nothing until that is reset, which libsql (0.5) never does: writes after it
   * would be taken and lost. So the lock is waited for in a BEGIN, which is compiled anew each time.
   */
  transaction<Result>(work: () => Result): Result {
    if (this.depth > 0) return work();
    this.execute('BEGIN IMMEDIATE');
    this.depth += 1;
    try {
      const result = work();
      this.execute('COMMIT');
      this.checkpoints?.noteWrite();
      return result;
    } catch (error) {
      this.rollBack();
      throw error;
    } finally {
      this.depth -= 1;
    }
  }

  /** Bytes that its content takes up; what was deleted is reused, and not counted. */
  sizeBytes(): number {
    this.size ??= this.prepare(SIZE);
    return this.size.get()?.bytes ?? 0;
  }

  async close(): Promise<void> {
    await this.checkpoints?.stop();
    this.moveIntoFile();
    this.isClosed = true;
    this.connection.close();
    this.lock?.release();
  }

  /**
   * Of what was written ahead. SQLite would do it with the last connection, but libsql's stays open
   * until its statements are collected. What cannot be moved now is there all the same.
   */
  private moveIntoFile(): void {
    try {
      this.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
    } catch (error) {
      if (!(error instanceof StateUnavailableError)) throw error;
    }
  }

  /** SQLite has rolled back by itself after some failures: then there is nothing left to do. */
  private rollBack(): void {
    if (this.connection.inTransaction) this.connection.exec('ROLLBACK');
  }

  private guarded<Result>(call: () => Result): Result {
    // Statements would go on: libsql closes a connection when the last of them is collected.
    if (this.isClosed) throw new StateUnavailableError('the gateway has ended');
    try {
      return call();
    } catch (cause) {
      const problem = problemOf(cause);
      if (problem === undefined) throw cause;
      throw new StateUnavailableError(problem.reason, { cause }, problem.code);
    }
  }
}

const IN_MEMORY = ':memory:';

/**
 * Pages of 4 KB. The file of what was written ahead begins anew when all of it has been moved, which a
 * background that is always some writes behind never sees: at this length a write does the rest.
 */
const MOST_PAGES_AHEAD = 8_000;

const SIZE = `
  SELECT (page_count - freelist_count) * page_size AS bytes
  FROM pragma_page_count, pragma_freelist_count, pragma_page_size`;

/**
 * How long a write waits for another process (a backup, somebody's shell) to let go of the file. All
 * of the gateway waits with it: most let go within milliseconds, and who does not is answered by a
 * `state.unavailable` that callers can try again.
 */
const BUSY_TIMEOUT_MS = 200;

function openingProblem(cause: unknown): SqliteProblem {
  // A statement's failure comes with SQLite's own behind it.
  const origin = cause instanceof StateUnavailableError ? cause.cause : cause;
  return problemOf(origin) ?? { code: 'state.unusable', reason: fileProblem(origin) };
}

function fileProblem(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return 'the disk is full';
  if (code === 'EACCES' || code === 'EPERM') return 'its file may not be used';
  if (code === 'EROFS') return 'it is read-only';
  return message;
}
