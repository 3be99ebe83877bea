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

  /** A request that something came of. @returns whether its key was good. */
  function use(ownerId: string, key: string, now: number): boolean {
    const reserved = keys.reserve(ownerId, key, now);
    reserved?.keep();
    reserved?.release();
    return reserved !== undefined;
  }

  it('are good for one request', () => {
    expect(use('me', 'a', 0)).toBe(true);
    expect(use('me', 'a', 1)).toBe(false);
    expect(use('me', 'b', 1)).toBe(true);
  });

  it('are each owner’s own', () => {
    expect(use('me', 'a', 0)).toBe(true);
    expect(use('you', 'a', 0)).toBe(true);
  });

  it('are nobody else’s while a request is under way, and good again when nothing came of it', () => {
    const reserved = keys.reserve('me', 'a', 0);
    expect(keys.reserve('me', 'a', 1)).toBeUndefined();
    expect(use('you', 'a', 1)).toBe(true);
    reserved?.release();
    expect(use('me', 'a', 2)).toBe(true);
  });

  it('are good again in a next life when a request was cut off', () => {
    keys.reserve('me', 'cut off', 0);
    use('me', 'done', 0);
    keys = new IdempotencyKeys(database);
    expect(use('me', 'cut off', 1)).toBe(true);
    expect(use('me', 'done', 1)).toBe(false);
  });

  it('are forgotten after a day, counted from their first use', () => {
    use('me', 'a', 0);
    expect(use('me', 'a', DAY_MS - 1)).toBe(false);
    expect(use('me', 'a', DAY_MS)).toBe(true);
  });

  it('are not used up by a transaction that fails', () => {
    const reserved = keys.reserve('me', 'a', 0);
    const failing = (): void =>
      database.transaction(() => {
        reserved?.keep();
        throw new Error('nothing came of it');
      });
    expect(failing).toThrow('nothing came of it');
    reserved?.release();
    expect(use('me', 'a', 0)).toBe(true);
  });
});
