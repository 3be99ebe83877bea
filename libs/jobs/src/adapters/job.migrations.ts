import type { Migration } from '@gateway/state';

/**
 * The tables of this lib; hand them to `StateDatabase.open`. `settled` is no part of the job: it says
 * what the gateway has left to do for it.
 */
export const JOB_MIGRATIONS: readonly Migration[] = [
  {
    name: 'jobs/1',
    sql: `
      CREATE TABLE jobs (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        status TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        ended_at INTEGER,
        settled INTEGER NOT NULL DEFAULT 0,
        request TEXT NOT NULL,
        life TEXT NOT NULL
      ) STRICT;
      CREATE INDEX jobs_live ON jobs (place) WHERE ended_at IS NULL;
      CREATE INDEX jobs_unsettled ON jobs (place) WHERE ended_at IS NOT NULL AND settled = 0;
      CREATE INDEX jobs_settled ON jobs (ended_at, place) WHERE settled = 1;
    `,
  },
  {
    name: 'jobs/2',
    sql: `
      -- Beside its job: SQLite writes a row whole whenever any of it changes.
      CREATE TABLE job_requests (place INTEGER PRIMARY KEY, request TEXT NOT NULL) STRICT;
      INSERT INTO job_requests (place, request) SELECT place, request FROM jobs;
      ALTER TABLE jobs ADD COLUMN transient INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE jobs ADD COLUMN priority INTEGER;
      ALTER TABLE jobs ADD COLUMN metadata TEXT;
      UPDATE jobs SET
        transient = request ->> '$.transient' IS NOT NULL,
        priority = request ->> '$.priority',
        metadata = request -> '$.metadata';
      UPDATE jobs SET life = json_remove(life, '$.outputNodes', '$.report') WHERE settled = 1;
      UPDATE jobs SET life = json_set(life, '$.nodeCount',
          (SELECT COUNT(*) FROM json_each(request, '$.prompt')))
        WHERE status = 'succeeded';
      ALTER TABLE jobs DROP COLUMN request;
      CREATE TABLE job_notes (
        key TEXT NOT NULL,
        text TEXT NOT NULL,
        place INTEGER NOT NULL,
        PRIMARY KEY (key, text, place)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO job_notes (key, text, place)
        SELECT note.key, note.value, jobs.place
        FROM jobs, json_each(jobs.metadata) AS note WHERE note.type = 'text';
      -- Those that have not ended are few, and change their status often.
      CREATE INDEX jobs_by_ending ON jobs (status, place) WHERE ended_at IS NOT NULL;
      CREATE INDEX jobs_by_creation ON jobs (created_at);
    `,
  },
];
