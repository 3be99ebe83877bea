import { IDEMPOTENCY_MIGRATIONS, IdempotencyKeys, StateDatabase } from '@gateway/state';

import { withKey } from './idempotency';

describe('a request with a key', () => {
  let database: StateDatabase;
  let keys: IdempotencyKeys;
  const claim = { ownerId: 'me', key: 'k', now: 0 };

  beforeEach(() => {
    const migrations = IDEMPOTENCY_MIGRATIONS;
    database = StateDatabase.open({ file: ':memory:', synchronous: 'NORMAL', migrations });
    keys = new IdempotencyKeys(database);
  });

  afterEach(() => database.close());

  const making =
    <Result>(result: Result) =>
    (keep: () => void): Promise<Result> => {
      keep();
      return Promise.resolve(result);
    };

  it('is done once', async () => {
    expect(await withKey(keys, claim, making(1))).toBe(1);
    await expect(withKey(keys, claim, making(2))).rejects.toMatchObject({
      code: 'request.key_reused',
    });
  });

  it('is refused while the first is under way', async () => {
    let end: (() => void) | undefined;
    const first = withKey(keys, claim, () => new Promise<void>((resolve) => (end = resolve)));
    await expect(withKey(keys, claim, making(2))).rejects.toMatchObject({
      code: 'request.key_reused',
    });
    end?.();
    await first;
  });

  it('may come again when nothing came of it', async () => {
    const failing = withKey(keys, claim, () => Promise.reject(new Error('broken off')));
    await expect(failing).rejects.toThrow('broken off');
    expect(await withKey(keys, claim, making(2))).toBe(2);
  });

  it.each([undefined, ''])('of %j is done each time', async (key) => {
    for (const count of [1, 2]) {
      expect(await withKey(keys, { ...claim, key }, () => Promise.resolve(count))).toBe(count);
    }
  });

  it('longer than a key is refused', async () => {
    const long = withKey(keys, { ...claim, key: 'x'.repeat(256) }, () => Promise.resolve());
    await expect(long).rejects.toMatchObject({ code: 'request.invalid' });
  });
});
