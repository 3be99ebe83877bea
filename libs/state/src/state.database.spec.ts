import { chmodSync, copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from '@gateway/testing';
import Database from 'libsql';

import { StateDatabase, type StateOptions } from './state.database';

const NOTES = { name: 'notes/1', sql: 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)' };

describe('StateDatabase', () => {
  let dir: string;
  let file: string;
  const open: StateDatabase[] = [];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'state-'));
    file = join(dir, 'state.sqlite');
  });

  afterEach(async () => {
    for (const database of open.splice(0)) await database.close();
    rmSync(dir, { recursive: true });
  });

  function opened(options: Partial<StateOptions> = {}): StateDatabase {
    const all = { file, synchronous: 'NORMAL', migrations: [NOTES], ...options } as const;
    const database = StateDatabase.open(all);
    open.push(database);
    return database;
  }

  function texts(database: StateDatabase): readonly string[] {
    const rows = database.prepare<{ text: string }>('SELECT text FROM notes ORDER BY id').all();
    return rows.map(({ text }) => text);
  }

  function write(database: StateDatabase, text: string): void {
    database.prepare('INSERT INTO notes (text) VALUES (?)').run(text);
  }

  it('gives back in a later life what was written in an earlier one', async () => {
    const first = opened();
    write(first, 'kept');
    await first.close();
    open.length = 0;
    expect(texts(opened())).toEqual(['kept']);
  });

  it('is one file once it is closed, to be copied and restored', async () => {
    const first = opened();
    write(first, 'kept');
    await first.close();
    open.length = 0;
    rmSync(`${file}-wal`);
    rmSync(`${file}-shm`);
    expect(texts(opened())).toEqual(['kept']);
  });

  describe('what was written ahead', () => {
    /** What the file alone holds now. */
    function textsInFile(): readonly string[] {
      const copy = join(mkdtempSync(join(dir, 'copy-')), 'state.sqlite');
      copyFileSync(file, copy);
      return texts(opened({ file: copy }));
    }

    it('is moved into its file meanwhile, and nobody waits for that', async () => {
      const database = opened();
      for (let count = 0; count < 300; count += 1) write(database, `${count}`);
      await eventually(() => textsInFile().length >= 256, 'most of it is in the file');
      expect(textsInFile()[0]).toBe('0');
    });

    it('is all there when the database is closed while it is moved', async () => {
      const database = opened();
      for (let count = 0; count < 300; count += 1) write(database, `${count}`);
      await database.close();
      open.length = 0;
      expect(textsInFile()).toHaveLength(300);
    });

    it('does not grow without end when it is never waited for', () => {
      const database = opened();
      for (let count = 0; count < 1_000; count += 1) write(database, 'x'.repeat(100_000));
      expect(statSync(`${file}-wal`).size).toBeLessThan(8_100 * 4_200);
    });
  });

  it('is for its owner alone, with all its files', () => {
    write(opened(), 'x');
    for (const suffix of ['', '-wal', '-shm', '.lock']) {
      expect(statSync(`${file}${suffix}`).mode & 0o777).toBe(0o600);
    }
  });

  it('writes ahead, and flushes as it was told', () => {
    const mode = (database: StateDatabase, pragma: string) =>
      Object.values(
        database.prepare<Record<string, unknown>>(`PRAGMA ${pragma}`).all()[0] ?? {},
      )[0];
    const normal = opened();
    expect([mode(normal, 'journal_mode'), mode(normal, 'synchronous')]).toEqual(['wal', 1]);
    const full = opened({ file: join(dir, 'full.sqlite'), synchronous: 'FULL' });
    expect(mode(full, 'synchronous')).toBe(2);
  });

  it('waits for another process to let go of the file, but not for long', () => {
    const [waits] = opened().prepare<{ timeout: number }>('PRAGMA busy_timeout').all();
    expect(waits?.timeout).toBeGreaterThan(0);
    expect(waits?.timeout).toBeLessThanOrEqual(250);
  });

  describe('while another process holds the file', () => {
    const INSERT = 'INSERT INTO notes (text) VALUES (?)';
    let other: Database.Database;

    beforeEach(() => {
      opened();
      other = new Database(file);
    });

    afterEach(() => other.close());

    function whileHeld(work: () => unknown): void {
      other.exec('BEGIN IMMEDIATE');
      expect(work).toThrow(expect.objectContaining({ code: 'state.unavailable' }) as Error);
      other.exec('ROLLBACK');
    }

    function seenByOther(): readonly string[] {
      const rows = other.prepare('SELECT text FROM notes ORDER BY id').all();
      return (rows as readonly { readonly text: string }[]).map(({ text }) => text);
    }

    it('refuses a write, and commits every later one that it takes', () => {
      const [database] = open as [StateDatabase];
      const refused = database.prepare(INSERT);
      const later = database.prepare(INSERT);
      whileHeld(() => refused.run('refused'));
      later.run('first');
      later.run('second');
      expect(seenByOther()).toEqual(['first', 'second']);
      database.transaction(() => later.run('third'));
      expect(seenByOther()).toEqual(['first', 'second', 'third']);
      refused.run('again');
      expect(seenByOther()).toEqual(['first', 'second', 'third', 'again']);
    });

    it('reads as ever', () => {
      const [database] = open as [StateDatabase];
      write(database, 'kept');
      whileHeld(() => {
        expect(texts(database)).toEqual(['kept']);
        write(database, 'refused');
      });
    });

    it('refuses a transaction, and commits the next', () => {
      const [database] = open as [StateDatabase];
      whileHeld(() => database.transaction(() => write(database, 'refused')));
      database.transaction(() => write(database, 'first'));
      write(database, 'second');
      expect(seenByOther()).toEqual(['first', 'second']);
    });
  });

  it('takes back a transaction that cannot be committed, and says so', () => {
    const database = opened();
    database.execute('PRAGMA foreign_keys = ON');
    database.execute(
      `CREATE TABLE links (id INTEGER PRIMARY KEY,
         note INTEGER REFERENCES notes DEFERRABLE INITIALLY DEFERRED)`,
    );
    const dangling = (): void =>
      database.transaction(() => {
        write(database, 'held');
        database.prepare('INSERT INTO links (note) VALUES (99)').run();
      });
    expect(dangling).toThrow('FOREIGN KEY');
    expect(texts(database)).toEqual([]);
    database.transaction(() => write(database, 'next'));
    expect(texts(database)).toEqual(['next']);
  });

  it('does all of a transaction or nothing of it', () => {
    const database = opened();
    const broken = (): void =>
      database.transaction(() => {
        write(database, 'half');
        throw new Error('in the middle');
      });
    expect(broken).toThrow('in the middle');
    expect(texts(database)).toEqual([]);
    expect(database.transaction(() => (write(database, 'whole'), 7))).toBe(7);
    expect(texts(database)).toEqual(['whole']);
  });

  it('makes a transaction within another a part of that', () => {
    const database = opened();
    const broken = (): void =>
      database.transaction(() => {
        database.transaction(() => write(database, 'inner'));
        throw new Error('outer');
      });
    expect(broken).toThrow('outer');
    expect(texts(database)).toEqual([]);
  });

  it('takes each step to its present shape once', async () => {
    await opened().close();
    open.length = 0;
    const next = { name: 'notes/2', sql: 'ALTER TABLE notes ADD COLUMN kind TEXT' };
    await opened({ migrations: [NOTES, next] }).close();
    open.length = 0;
    const database = opened({ migrations: [NOTES, next] });
    database.prepare('INSERT INTO notes (text, kind) VALUES (?, ?)').run('a', 'b');
    expect(texts(database)).toEqual(['a']);
  });

  it('leaves nothing of a step that failed', () => {
    const broken = {
      name: 'notes/2',
      sql: 'CREATE TABLE more (id INTEGER); CREATE TABLE more (x)',
    };
    expect(() => opened({ migrations: [NOTES, broken] })).toThrow('more');
    const database = opened();
    const tables = database.prepare<{ name: string }>('SELECT name FROM sqlite_master').all();
    expect(tables.map(({ name }) => name)).not.toContain('more');
  });

  describe('will not be opened', () => {
    const refusal = (code: string, problem: string) => ({
      code,
      message: expect.stringContaining(problem) as string,
    });

    function refused(options: Partial<StateOptions> = {}): unknown {
      try {
        opened(options);
      } catch (error) {
        return error;
      }
      return undefined;
    }

    it('a second time, while another holds it', () => {
      opened();
      expect(refused()).toMatchObject(refusal('state.in_use', 'another process holds it'));
    });

    it('when it is no database', () => {
      writeFileSync(file, 'Dear diary, '.repeat(100));
      expect(refused()).toMatchObject(refusal('state.damaged', 'it is no SQLite database'));
    });

    it('when it is corrupt', async () => {
      const database = opened();
      for (let count = 0; count < 500; count += 1) write(database, 'x'.repeat(1000));
      database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
      await database.close();
      open.length = 0;
      const bytes = Buffer.alloc(4096 * 3, 0xff);
      writeFileSync(file, bytes, { flag: 'r+', flush: true });
      expect(refused()).toMatchObject({ code: 'state.damaged' });
    });

    it('when a newer gateway has written it', async () => {
      await opened({ migrations: [NOTES, { name: 'notes/99', sql: 'SELECT 1' }] }).close();
      open.length = 0;
      expect(refused()).toMatchObject(
        refusal('state.newer', 'a newer gateway has written it (notes/99)'),
      );
    });

    it('where no file can be made', () => {
      expect(refused({ file: join(dir, 'nowhere', 'state.sqlite') })).toMatchObject({
        code: 'state.unusable',
      });
    });
  });

  it('says that the disk is full, and keeps what it has', () => {
    const database = opened();
    write(database, 'kept');
    const pages = database.sizeBytes() / 4096;
    database.prepare(`PRAGMA max_page_count = ${pages}`).all();
    const overfill = (): void => write(database, 'x'.repeat(1_000_000));
    expect(overfill).toThrow(
      expect.objectContaining({ code: 'state.unavailable', reason: 'the disk is full' }) as Error,
    );
    expect(texts(database)).toEqual(['kept']);
  });

  it('says that it has become read-only', () => {
    const database = opened();
    database.execute('PRAGMA query_only = ON');
    expect(() => write(database, 'x')).toThrow(
      expect.objectContaining({ code: 'state.unavailable', reason: 'it is read-only' }) as Error,
    );
    chmodSync(file, 0o600);
  });

  it('says that it was closed', async () => {
    const database = opened();
    const statement = database.prepare('SELECT 1');
    await database.close();
    open.length = 0;
    expect(() => statement.all()).toThrow(
      expect.objectContaining({
        code: 'state.unavailable',
        reason: 'the gateway has ended',
      }) as Error,
    );
  });

  it('keeps nothing beyond the process, if so wished', () => {
    const database = opened({ file: ':memory:' });
    write(database, 'gone soon');
    expect(texts(database)).toEqual(['gone soon']);
    expect(database.sizeBytes()).toBeGreaterThan(0);
  });
});
