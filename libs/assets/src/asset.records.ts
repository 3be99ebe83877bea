import type { KeptUpload, OutputType } from '@gateway/jobs';
import type { StateDatabase } from '@gateway/state';

import type { Asset } from './asset';

/** Bytes on disk: a file among the blobs, or a model of the engine. */
export interface BlobRecord {
  readonly id: string;
  readonly hash: string | null;
  readonly sizeBytes: number;
  readonly modelPath: string | null;
}

export interface AssetRecord {
  readonly asset: Asset;
  readonly blob: BlobRecord;
}

/** What is written down about assets and their bytes. Knows no rule but which row belongs to which. */
export class AssetRecords {
  private readonly statements: ReturnType<typeof prepare>;

  constructor(private readonly database: StateDatabase) {
    this.statements = prepare(database);
  }

  /** All of `work` or nothing of it. */
  together<Result>(work: () => Result): Result {
    return this.database.transaction(work);
  }

  addBlob({ id, hash, sizeBytes, modelPath }: BlobRecord): void {
    this.statements.addBlob.run(id, hash, sizeBytes, modelPath);
  }

  /** @returns whether it was added: an output of that name may be there already. */
  add(asset: Asset, blobId: string): boolean {
    const { output } = asset;
    const added = this.statements.add.run(
      asset.id,
      asset.ownerId,
      blobId,
      asset.contentType,
      asset.filePath,
      JSON.stringify(asset.tags),
      asset.createdAt,
      asset.expiresAt,
      output?.jobId ?? null,
      output?.nodeId ?? null,
      output?.name ?? null,
      output?.type ?? null,
      output?.position ?? null,
    );
    return added > 0;
  }

  /** As long as it has not expired, or a job needs it. */
  find(id: string, now: number): AssetRecord | undefined {
    return recordOf(this.statements.find.get(id, now));
  }

  findOutput(jobId: string, nodeId: string, name: string): AssetRecord | undefined {
    return recordOf(this.statements.findOutput.get(jobId, nodeId, name));
  }

  outputsOf(jobId: string): readonly AssetRecord[] {
    return recordsOf(this.statements.outputsOf.all(jobId));
  }

  /** Those of several jobs in one list, each job's in their order. */
  outputsOfAll(jobIds: readonly string[]): readonly AssetRecord[] {
    return recordsOf(this.statements.outputsOfAll.all(JSON.stringify(jobIds)));
  }

  /** The owner's assets over bytes of that hash, the newest first. */
  over(hash: string, ownerId: string, now: number): readonly AssetRecord[] {
    return recordsOf(this.statements.over.all(hash, ownerId, now));
  }

  hasBlob(id: string): boolean {
    return this.statements.hasBlob.get(id) !== undefined;
  }

  /** Bytes among the blobs, whoever brought them. */
  blobOf(hash: string): BlobRecord | undefined {
    return this.statements.blobOf.get(hash);
  }

  modelAt(modelPath: string): BlobRecord | undefined {
    return this.statements.modelAt.get(modelPath);
  }

  blobs(): readonly BlobRecord[] {
    return this.statements.blobs.all();
  }

  /** Blobs whose hash was not computed yet. */
  unhashed(): readonly string[] {
    return this.statements.unhashed.all().map(({ id }) => id);
  }

  setHash(blobId: string, hash: string): void {
    this.statements.setHash.run(hash, blobId);
  }

  setExpiry(assetId: string, expiresAt: number | null): void {
    this.statements.setExpiry.run(expiresAt, assetId);
  }

  hold(jobId: string, assetId: string): void {
    this.statements.hold.run(jobId, assetId);
  }

  release(jobId: string): void {
    // Most jobs hold nothing, and a look costs less than a write.
    if (this.statements.holdsAny.get(jobId)) this.statements.release.run(jobId);
  }

  holders(): readonly string[] {
    return this.statements.holders.all().map(({ job_id }) => job_id);
  }

  isHeld(assetId: string): boolean {
    return this.statements.isHeld.get(assetId) !== undefined;
  }

  /** Some of the assets whose time is over and that no job needs. */
  expired(now: number): readonly string[] {
    return this.statements.expired.all(now).map(({ id }) => id);
  }

  /** Removes assets. @returns the blobs that nothing refers to any more, whose records are gone, too. */
  remove(assetIds: readonly string[]): readonly BlobRecord[] {
    if (assetIds.length === 0) return [];
    return this.together(() => {
      const touched = new Map<string, BlobRecord>();
      for (const id of assetIds) {
        const blob = this.statements.blobOfAsset.get(id);
        if (blob) touched.set(blob.id, blob);
        this.statements.remove.run(id);
      }
      return [...touched.values()].filter(({ id }) => this.statements.removeIfUnused.run(id) > 0);
    });
  }

  /** Forgets bytes that are gone, and every asset over them. */
  forgetBlob(id: string): void {
    this.together(() => {
      this.statements.removeOver.run(id);
      this.statements.removeIfUnused.run(id);
    });
  }

  totalBytes(): number {
    return this.statements.totalBytes.get()?.bytes ?? 0;
  }

  outputBytesOf(jobId: string): number {
    return this.statements.outputBytes.get(jobId)?.bytes ?? 0;
  }

  /** What clients brought and no job needs, models aside. */
  oldestUploads(limit: number): readonly KeptUpload[] {
    return this.statements.oldestUploads.all(limit);
  }
}

interface Row {
  readonly id: string;
  readonly ownerId: string;
  readonly contentType: string;
  readonly filePath: string | null;
  readonly tags: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly jobId: string | null;
  readonly nodeId: string;
  readonly name: string;
  readonly type: OutputType;
  readonly position: number;
  readonly blobId: string;
  readonly hash: string | null;
  readonly sizeBytes: number;
  readonly modelPath: string | null;
}

const BLOB = 'b.id, b.hash, b.size_bytes AS sizeBytes, b.model_path AS modelPath';

const ASSET = `
  SELECT a.id, a.owner_id AS ownerId, a.content_type AS contentType, a.file_path AS filePath,
    a.tags, a.created_at AS createdAt, a.expires_at AS expiresAt, a.job_id AS jobId,
    a.node_id AS nodeId, a.name, a.type, a.position, b.id AS blobId, b.hash,
    b.size_bytes AS sizeBytes, b.model_path AS modelPath
  FROM assets a JOIN blobs b ON b.id = a.blob_id`;

const IS_HELD = 'EXISTS (SELECT 1 FROM asset_holds h WHERE h.asset_id = a.id)';
const IS_LIVE = `(a.expires_at IS NULL OR a.expires_at > ? OR ${IS_HELD})`;

/** Rows that one round of removing takes. */
const BATCH = 500;

function prepare(database: StateDatabase) {
  const one = <R>(sql: string) => database.prepare<R>(sql);
  return {
    addBlob: one('INSERT INTO blobs (id, hash, size_bytes, model_path) VALUES (?, ?, ?, ?)'),
    add: one(
      `INSERT INTO assets (id, owner_id, blob_id, content_type, file_path, tags, created_at,
         expires_at, job_id, node_id, name, type, position)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (job_id, node_id, name) WHERE job_id IS NOT NULL DO NOTHING`,
    ),
    find: one<Row>(`${ASSET} WHERE a.id = ? AND ${IS_LIVE}`),
    findOutput: one<Row>(`${ASSET} WHERE a.job_id = ? AND a.node_id = ? AND a.name = ?`),
    outputsOf: one<Row>(`${ASSET} WHERE a.job_id = ? ORDER BY a.position, a.rowid`),
    outputsOfAll: one<Row>(
      `${ASSET} WHERE a.job_id IN (SELECT value FROM json_each(?)) ORDER BY a.position, a.rowid`,
    ),
    over: one<Row>(
      `${ASSET} WHERE b.hash = ? AND a.owner_id = ? AND ${IS_LIVE}
       ORDER BY a.created_at DESC, a.rowid DESC`,
    ),
    hasBlob: one('SELECT 1 FROM blobs WHERE id = ?'),
    blobOf: one<BlobRecord>(
      `SELECT ${BLOB} FROM blobs b WHERE b.hash = ? AND b.model_path IS NULL LIMIT 1`,
    ),
    blobOfAsset: one<BlobRecord>(
      `SELECT ${BLOB} FROM blobs b JOIN assets a ON a.blob_id = b.id WHERE a.id = ?`,
    ),
    modelAt: one<BlobRecord>(`SELECT ${BLOB} FROM blobs b WHERE b.model_path = ?`),
    blobs: one<BlobRecord>(`SELECT ${BLOB} FROM blobs b`),
    unhashed: one<{ readonly id: string }>('SELECT id FROM blobs WHERE hash IS NULL'),
    setHash: one('UPDATE blobs SET hash = ? WHERE id = ?'),
    setExpiry: one('UPDATE assets SET expires_at = ? WHERE id = ?'),
    hold: one('INSERT INTO asset_holds (job_id, asset_id) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    release: one('DELETE FROM asset_holds WHERE job_id = ?'),
    holdsAny: one('SELECT 1 FROM asset_holds WHERE job_id = ? LIMIT 1'),
    holders: one<{ readonly job_id: string }>('SELECT DISTINCT job_id FROM asset_holds'),
    isHeld: one('SELECT 1 FROM asset_holds WHERE asset_id = ? LIMIT 1'),
    expired: one<{ readonly id: string }>(
      `SELECT a.id FROM assets a
       WHERE a.expires_at <= ? AND NOT ${IS_HELD} LIMIT ${BATCH}`,
    ),
    remove: one('DELETE FROM assets WHERE id = ?'),
    removeOver: one('DELETE FROM assets WHERE blob_id = ?'),
    removeIfUnused: one(
      `DELETE FROM blobs WHERE id = ?
       AND NOT EXISTS (SELECT 1 FROM assets a WHERE a.blob_id = blobs.id)`,
    ),
    totalBytes: one<{ readonly bytes: number }>('SELECT bytes FROM blob_total'),
    outputBytes: one<{ readonly bytes: number }>(
      `SELECT COALESCE(SUM(b.size_bytes), 0) AS bytes
       FROM assets a JOIN blobs b ON b.id = a.blob_id WHERE a.job_id = ?`,
    ),
    oldestUploads: one<KeptUpload>(
      `SELECT a.id, a.created_at AS createdAt, b.size_bytes AS sizeBytes
       FROM assets a JOIN blobs b ON b.id = a.blob_id
       WHERE a.job_id IS NULL AND b.model_path IS NULL AND NOT ${IS_HELD}
       ORDER BY a.created_at, a.rowid LIMIT ?`,
    ),
  };
}

function recordsOf(rows: readonly Row[]): readonly AssetRecord[] {
  return rows.flatMap((row) => recordOf(row) ?? []);
}

function recordOf(row: Row | undefined): AssetRecord | undefined {
  if (!row) return undefined;
  const { id, ownerId, contentType, filePath, createdAt, expiresAt, hash, sizeBytes } = row;
  const { jobId, nodeId, name, type, position, blobId, modelPath } = row;
  return {
    asset: {
      id,
      ownerId,
      hash,
      sizeBytes,
      contentType,
      filePath,
      tags: JSON.parse(row.tags) as readonly string[],
      createdAt,
      expiresAt,
      output: jobId === null ? null : { jobId, nodeId, name, type, position },
    },
    blob: { id: blobId, hash, sizeBytes, modelPath },
  };
}
