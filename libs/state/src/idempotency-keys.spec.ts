import { IDEMPOTENCY_MIGRATIONS, IdempotencyKeys } from './idempotency-keys';
import { StateDatabase } from './state.database';

const DAY_MS = 86_400_000;

describe('IdempotencyKeys', () => {
  let database: StateDatabase;
  let keys: IdempotencyKeys;

  beforeEach(() => {
    database = StateDatabase.open({
      file: ':memory:',
      synchronous: 'NORMAL',
      migrations: IDEMPOTENCY_MIGRATIONS,
    });
    keys = new IdempotencyKeys(database);
  });

  afterEach(() => database.close());

  it('are good for one request', () => {
    expect(keys.claim('me', 'a', 0)).toBe(true);
    expect(keys.claim('me', 'a', 1)).toBe(false);
    expect(keys.claim('me', 'b', 1)).toBe(true);
  });

  it('are each owner’s own', () => {
    expect(keys.claim('me', 'a', 0)).toBe(true);
    expect(keys.claim('you', 'a', 0)).toBe(true);
  });

  it('are good again once they are released', () => {
    keys.claim('me', 'a', 0);
    keys.release('you', 'a');
    expect(keys.claim('me', 'a', 1)).toBe(false);
    keys.release('me', 'a');
    expect(keys.claim('me', 'a', 1)).toBe(true);
  });

  it('are forgotten after a day, counted from their first use', () => {
    keys.claim('me', 'a', 0);
    expect(keys.claim('me', 'a', DAY_MS - 1)).toBe(false);
    expect(keys.claim('me', 'a', DAY_MS)).toBe(true);
  });

  it('are not claimed by a transaction that fails', () => {
    const failing = (): void =>
      database.transaction(() => {
        keys.claim('me', 'a', 0);
        throw new Error('nothing came of it');
      });
    expect(failing).toThrow('nothing came of it');
    expect(keys.claim('me', 'a', 0)).toBe(true);
  });
});
