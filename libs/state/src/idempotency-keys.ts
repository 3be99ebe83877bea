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

/** A key that a request under way has. */
export interface ReservedKey {
  /** Something comes of the request. Call it in the transaction that writes that down. */
  keep(): void;
  /** The request is over: the key is used up if it was kept, and may be used again otherwise. */
  release(): void;
}

/**
 * Keys that clients send along so that nothing is done twice. Each is good for one request of which
 * something came, within 24 hours; while one is under way, for no other.
 */
export class IdempotencyKeys {
  private readonly underWay = new Set<string>();
  private readonly find: Statement<object>;
  private readonly insert: Statement<never>;
  private readonly removeOld: Statement<never>;

  constructor(database: StateDatabase) {
    this.find = database.prepare(
      'SELECT 1 FROM idempotency_keys WHERE owner_id = ? AND key = ? AND claimed_at > ?',
    );
    this.insert = database.prepare(
      'INSERT INTO idempotency_keys (owner_id, key, claimed_at) VALUES (?, ?, ?)',
    );
    this.removeOld = database.prepare('DELETE FROM idempotency_keys WHERE claimed_at <= ?');
  }

  /** @returns `undefined` when the owner has used the key within 24 hours, or is using it now. */
  reserve(ownerId: string, key: string, now: number): ReservedKey | undefined {
    const name = JSON.stringify([ownerId, key]);
    if (this.underWay.has(name) || this.find.get(ownerId, key, now - LIFE_MS)) return undefined;
    this.underWay.add(name);
    return {
      keep: () => {
        this.removeOld.run(now - LIFE_MS);
        this.insert.run(ownerId, key, now);
      },
      release: () => void this.underWay.delete(name),
    };
  }
}

const LIFE_MS = 24 * 3_600_000;
