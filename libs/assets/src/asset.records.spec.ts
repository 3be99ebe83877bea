import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { StateDatabase, type Migration } from '@gateway/state';

import type { Asset } from './asset';
import { ASSET_MIGRATIONS } from './asset.migrations';
import { AssetRecords } from './asset.records';

const databases: StateDatabase[] = [];

function open(file = ':memory:', migrations: readonly Migration[] = ASSET_MIGRATIONS) {
  const database = StateDatabase.open({ file, synchronous: 'NORMAL', migrations });
  databases.push(database);
  return database;
}

afterEach(async () => {
  for (const database of databases.splice(0)) await database.close();
});

function anUpload(id: string, createdAt: number): Asset {
  return {
    id,
    ownerId: 'me',
    hash: null,
    sizeBytes: 0,
    contentType: 'image/png',
    filePath: 'a.png',
    tags: [],
    createdAt,
    expiresAt: null,
    output: null,
  };
}

function anOutput(id: string, jobId: string): Asset {
  const output = { jobId, nodeId: '9', name: id, type: 'image', position: 0 } as const;
  return { ...anUpload(id, 5), output };
}

function recordsWith(...assets: readonly (readonly [Asset, number, string?])[]): AssetRecords {
  const records = new AssetRecords(open());
  for (const [asset, sizeBytes, modelPath = null] of assets) {
    records.addBlob({ id: `blob-${asset.id}`, hash: null, sizeBytes, modelPath });
    records.add(asset, `blob-${asset.id}`);
  }
  return records;
}

describe('AssetRecords', () => {
  it('knows how many bytes there are, models aside, as they come and go', () => {
    const records = recordsWith(
      [anUpload('a', 1), 100],
      [anOutput('b', 'job'), 20],
      [anUpload('c', 1), 5_000, 'checkpoints/c.safetensors'],
    );
    expect(records.totalBytes()).toBe(120);
    records.remove(['a', 'c']);
    expect(records.totalBytes()).toBe(20);
  });

  it('counts nothing of what was taken back', () => {
    const records = recordsWith([anUpload('a', 1), 100]);
    const broken = (): void =>
      records.together(() => {
        records.addBlob({ id: 'more', hash: null, sizeBytes: 7, modelPath: null });
        throw new Error('in the middle');
      });
    expect(broken).toThrow('in the middle');
    expect(records.totalBytes()).toBe(100);
  });

  it('knows the bytes of the outputs of a job', () => {
    const records = recordsWith(
      [anOutput('a', 'job'), 100],
      [anOutput('b', 'job'), 20],
      [anOutput('c', 'other'), 3],
    );
    expect(records.outputBytesOf('job')).toBe(120);
    expect(records.outputBytesOf('nobody')).toBe(0);
  });

  it('names uploads that no job needs, the oldest first, so many at most', () => {
    const records = recordsWith(
      [anUpload('young', 30), 1],
      [anUpload('old', 10), 2],
      [anUpload('held', 5), 3],
      [anUpload('model', 6), 4, 'checkpoints/c.safetensors'],
      [anOutput('output', 'job'), 5],
    );
    records.hold('job', 'held');
    const old = { id: 'old', createdAt: 10, sizeBytes: 2 };
    expect(records.oldestUploads(9)).toEqual([old, { id: 'young', createdAt: 30, sizeBytes: 1 }]);
    expect(records.oldestUploads(1)).toEqual([old]);
  });

  it('counts what an earlier version wrote', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'assets-'));
    try {
      const file = join(dir, 'state.sqlite');
      const earlier = open(file, ASSET_MIGRATIONS.slice(0, 1));
      earlier.execute(`INSERT INTO blobs VALUES ('a', NULL, 100, NULL), ('b', NULL, 20, NULL),
        ('c', NULL, 5000, 'checkpoints/c.safetensors')`);
      await earlier.close();
      databases.length = 0;
      expect(new AssetRecords(open(file)).totalBytes()).toBe(120);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
