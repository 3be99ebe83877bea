import type { Migration } from './migration';
import type { StateDatabase, Statement } from './state.database';

/** The table of this; hand it to `StateDatabase.open`. */
export const IDEMPOTENCY_MIGRATIONS: readonly Migration[] = [
  {
    name: 'idempotency-keys/1',
    sql: `
      CREATE TABLE idempotency_keys (
        owner_id TEXT NOT NULL,
        key TEXT NOT NULL,
        claimed_at INTEGER NOT NULL,
        PRIMARY KEY (owner_id, key)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX idempotency_keys_by_age ON idempotency_keys (claimed_at);
    `,
  },
];

/**
 * Keys that clients send along so that nothing is done twice. Each is good for one request, whatever
 * became of that, unless it is known that nothing did: then {@link release} it.
 */
export class IdempotencyKeys {
  private readonly insert: Statement<never>;
  private readonly remove: Statement<never>;
  private readonly removeOld: Statement<never>;

  constructor(database: StateDatabase) {
    this.insert = database.prepare(
      `INSERT INTO idempotency_keys (owner_id, key, claimed_at) VALUES (?, ?, ?)
       ON CONFLICT DO NOTHING`,
    );
    this.remove = database.prepare('DELETE FROM idempotency_keys WHERE owner_id = ? AND key = ?');
    this.removeOld = database.prepare('DELETE FROM idempotency_keys WHERE claimed_at <= ?');
  }

  /**
   * Does not wait, so that it can be part of a transaction.
   *
   * @returns `false` when the owner has used the key within 24 hours.
   */
  claim(ownerId: string, key: string, now: number): boolean {
    this.removeOld.run(now - LIFE_MS);
    return this.insert.run(ownerId, key, now) > 0;
  }

  /** Nothing came of the request: the key may be used again. */
  release(ownerId: string, key: string): void {
    this.remove.run(ownerId, key);
  }
}

const LIFE_MS = 24 * 3_600_000;
