import Database from 'libsql/promise';

/**
 * Moves what was written ahead into the file of a database, over a connection of its own whose calls run
 * in a thread. A checkpoint flushes twice: with a busy disk that takes long, and the event loop, which
 * writes on meanwhile, need not wait for it.
 */
export class BackgroundCheckpoints {
  private connection: Database | undefined;
  private writes = 0;
  private underWay: Promise<void> | undefined;
  private isStopped = false;

  constructor(private readonly file: string) {}

  /** To be told of each transaction. */
  noteWrite(): void {
    this.writes += 1;
    if (this.writes < WRITES_BETWEEN || this.underWay || this.isStopped) return;
    this.writes = 0;
    this.underWay = this.move().finally(() => {
      this.underWay = undefined;
    });
  }

  /** None begins after this; resolves when none is under way any more. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.underWay;
    this.connection?.close();
  }

  private async move(): Promise<void> {
    try {
      this.connection ??= new Database(this.file, {});
      const statement = (await this.connection.prepare(PASSIVE)) as Prepared;
      await statement.all();
    } catch {
      // What cannot be moved now is there all the same, and is moved with what comes after it.
    }
  }
}

interface Prepared {
  all(): Promise<unknown>;
}

/** Waits for nobody, and nobody for it. */
const PASSIVE = 'PRAGMA wal_checkpoint(PASSIVE)';

/** About a thousand pages, at which SQLite itself would do it within a write. */
const WRITES_BETWEEN = 256;
