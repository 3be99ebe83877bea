import type { Migration } from '@gateway/state';

/** The tables of this lib; hand them to `StateDatabase.open`. */
export const ASSET_MIGRATIONS: readonly Migration[] = [
  {
    name: 'assets/1',
    sql: `
      CREATE TABLE blobs (
        id TEXT PRIMARY KEY,
        hash TEXT,
        size_bytes INTEGER NOT NULL,
        -- The file is a model of the engine, at this path below its model folder, and stays there.
        model_path TEXT UNIQUE
      ) STRICT;
      CREATE INDEX blobs_by_hash ON blobs (hash);
      CREATE TABLE assets (
        id TEXT PRIMARY KEY,
        owner_id TEXT NOT NULL,
        blob_id TEXT NOT NULL,
        content_type TEXT NOT NULL,
        file_path TEXT,
        tags TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        job_id TEXT,
        node_id TEXT,
        name TEXT,
        type TEXT,
        position INTEGER
      ) STRICT;
      CREATE INDEX assets_by_blob ON assets (blob_id);
      CREATE INDEX assets_by_expiry ON assets (expires_at) WHERE expires_at IS NOT NULL;
      CREATE UNIQUE INDEX assets_by_output ON assets (job_id, node_id, name)
        WHERE job_id IS NOT NULL;
      CREATE TABLE asset_holds (
        job_id TEXT NOT NULL,
        asset_id TEXT NOT NULL,
        PRIMARY KEY (job_id, asset_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX asset_holds_by_asset ON asset_holds (asset_id);
    `,
  },
  {
    name: 'assets/2',
    sql: `
      -- Kept up to date, for it is asked for with every upload.
      CREATE TABLE blob_total (bytes INTEGER NOT NULL) STRICT;
      INSERT INTO blob_total
        SELECT COALESCE(SUM(size_bytes), 0) FROM blobs WHERE model_path IS NULL;
      CREATE TRIGGER blobs_added AFTER INSERT ON blobs WHEN NEW.model_path IS NULL BEGIN
        UPDATE blob_total SET bytes = bytes + NEW.size_bytes;
      END;
      CREATE TRIGGER blobs_removed AFTER DELETE ON blobs WHEN OLD.model_path IS NULL BEGIN
        UPDATE blob_total SET bytes = bytes - OLD.size_bytes;
      END;
      CREATE INDEX uploads_by_age ON assets (created_at) WHERE job_id IS NULL;
    `,
  },
];
