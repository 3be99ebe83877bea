import { SharedCommit } from './shared-commit';
import { StateDatabase, type Statement } from './state.database';

const migrations = [{ name: 'things/1', sql: 'CREATE TABLE things (name TEXT UNIQUE) STRICT' }];

describe('SharedCommit', () => {
  let database: StateDatabase;
  let commit: SharedCommit;
  let insert: Statement<never>;

  beforeEach(() => {
    database = StateDatabase.open({ file: ':memory:', synchronous: 'NORMAL', migrations });
    commit = new SharedCommit(database);
    insert = database.prepare('INSERT INTO things (name) VALUES (?)');
  });

  afterEach(() => database.close());

  const names = () =>
    database
      .prepare<{ readonly name: string }>('SELECT name FROM things')
      .all()
      .map((row) => row.name);

  it('writes what one turn wants in one transaction, and answers when it is there', async () => {
    const transactions = jest.spyOn(database, 'execute');
    const writes = ['a', 'b', 'c'].map((name) => commit.write(() => insert.run(name)));
    expect(names()).toEqual([]);
    expect(await Promise.all(writes)).toEqual([1, 1, 1]);
    expect(transactions.mock.calls).toEqual([['BEGIN IMMEDIATE'], ['COMMIT']]);
    expect(names()).toEqual(['a', 'b', 'c']);
  });

  it('takes nothing from the others for one that cannot be written', async () => {
    const twice = (name: string) => commit.write(() => [insert.run(name), insert.run(name)]);
    const writes = [
      commit.write(() => insert.run('a')),
      twice('b'),
      commit.write(() => insert.run('c')),
    ];
    const settled = await Promise.allSettled(writes);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(names()).toEqual(['a', 'c']);
  });

  it('tells everybody when nothing can be written', async () => {
    const writes = ['a', 'b'].map((name) => commit.write(() => insert.run(name)));
    jest.spyOn(database, 'transaction').mockImplementation(() => {
      throw new Error('the disk is full');
    });
    for (const write of writes) await expect(write).rejects.toThrow('the disk is full');
  });
});
