import { closeSync, openSync } from 'node:fs';

import Database from 'libsql';

/**
 * Keeps other processes from a database. The lock is one of SQLite's own, held on an empty database
 * beside it: the system lets go of it when the process dies, however that happens. (SQLite's
 * exclusive mode for the database itself outlives its closing in libsql 0.5.)
 */
export class StateLock {
  private constructor(private readonly connection: Database.Database) {}

  /** @throws SQLite's `SQLITE_BUSY` while somebody holds it. */
  static acquire(file: string): StateLock {
    const lockFile = `${file}.lock`;
    closeSync(openSync(lockFile, 'a', 0o600));
    const connection = new Database(lockFile);
    try {
      connection.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      connection.close();
      throw error;
    }
    return new StateLock(connection);
  }

  release(): void {
    this.connection.exec('ROLLBACK');
    this.connection.close();
  }
}
