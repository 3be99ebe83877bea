import type { StateDatabase } from './state.database';
import { StateUnusableError } from './state.errors';

/** A step from one shape of the database to the next. Once released, a step never changes. */
export interface Migration {
  /** `<lib>/<number>`, as `jobs/1`: what is written down when it was taken. */
  readonly name: string;
  readonly sql: string;
}

/**
 * Takes the steps that were not taken yet, in the order given, each with its record in one
 * transaction.
 *
 * @throws StateUnusableError (`state.newer`) for a database that a newer gateway has written.
 */
export function migrate(database: StateDatabase, migrations: readonly Migration[]): void {
  database.execute(
    'CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, taken_at INTEGER NOT NULL) STRICT',
  );
  const taken = new Set(
    database
      .prepare<{ name: string }>('SELECT name FROM migrations')
      .all()
      .map(({ name }) => name),
  );
  const unknown = [...taken].filter((name) => !migrations.some((step) => step.name === name));
  if (unknown.length > 0) {
    const problem = `a newer gateway has written it (${unknown.join(', ')})`;
    throw new StateUnusableError('state.newer', database.file, problem);
  }
  const note = database.prepare('INSERT INTO migrations (name, taken_at) VALUES (?, ?)');
  for (const { name, sql } of migrations.filter((step) => !taken.has(step.name))) {
    database.transaction(() => {
      database.execute(sql);
      note.run(name, Date.now());
    });
  }
}
