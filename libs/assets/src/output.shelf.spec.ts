import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { EventBus } from '@gateway/events';
import type { PreparedFile, PreparedOutput } from '@gateway/jobs';
import { silentLog } from '@gateway/kernel';
import { StateDatabase } from '@gateway/state';

import { ASSET_MIGRATIONS } from './asset.migrations';
import { AssetService } from './asset.service';
import { AssetOutputShelf } from './output.shelf';

const OWNER = 'me';

let root: string;
let database: StateDatabase;
let assets: AssetService;
let shelf: AssetOutputShelf;
let told: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'shelf-'));
  database = StateDatabase.open({
    file: ':memory:',
    synchronous: 'NORMAL',
    migrations: ASSET_MIGRATIONS,
  });
  assets = new AssetService({
    database,
    blobDir: join(root, 'blobs'),
    defaultRetentionS: 60,
    maxUploadBytes: 1_000,
    models: { areAllowed: false, dir: join(root, 'models'), folders: [] },
    log: silentLog,
  });
  await assets.start();
  const bus = new EventBus();
  told = [];
  bus.subscribe('job-output-kept', ({ assetId }) => told.push(assetId));
  shelf = new AssetOutputShelf(assets, OWNER, bus);
});

afterEach(async () => {
  await assets.stop();
  await database.close();
  await rm(root, { recursive: true });
});

function aFile(nodeId: string, filename: string, change: Partial<PreparedFile> = {}): PreparedFile {
  return {
    kind: 'file',
    nodeId,
    type: 'image',
    filename,
    contentType: 'image/png',
    sizeBytes: 6,
    stream: () => Readable.from([Buffer.from(`of ${filename}`)]),
    release: () => Promise.resolve(),
    close: () => Promise.resolve(),
    ...change,
  };
}

const aText = (nodeId: string, said: string): PreparedOutput => ({
  kind: 'text',
  nodeId,
  text: said,
});

async function shown(): Promise<readonly string[]> {
  const outputs = await shelf.outputsOf('job');
  return Promise.all(
    outputs.map(async (output) =>
      output.kind === 'text'
        ? `${output.nodeId} says ${output.text}`
        : `${output.nodeId} ${output.filename}: ${await text(output.stream())}`,
    ),
  );
}

describe('the shelf of outputs', () => {
  it('has them in the order of the graph, and as they were given within a node', async () => {
    await shelf.keep('job', [aFile('9', 'late.png')], ['2', '9']);
    const rest = [aFile('x', 'inner.png'), aText('2', 'one'), aText('2', 'two')];
    await shelf.keep('job', rest, ['2', '9']);
    expect(await shown()).toEqual([
      '2 says one',
      '2 says two',
      '9 late.png: of late.png',
      'x inner.png: of inner.png',
    ]);
  });

  it('keeps each once, and tells of it once', async () => {
    const outputs = [aFile('2', 'a.png'), aText('2', 'a cat')];
    await shelf.keep('job', outputs, ['2']);
    await shelf.keep('job', outputs, ['2']);
    expect(await shown()).toHaveLength(2);
    expect(told).toEqual(assets.outputsOf('job').map(({ id }) => id));
  });

  it('takes no file for a text, whatever its name', async () => {
    const file = aFile('2', 'text-1.txt', { type: 'text', contentType: 'text/plain' });
    await shelf.keep('job', [aText('2', 'a cat'), file], ['2']);
    expect(await shown()).toEqual(['2 says a cat', '2 text-1.txt: of text-1.txt']);
    expect(assets.outputsOf('job').map(({ filePath }) => filePath)).toEqual([
      'text-1.txt',
      'text-1.txt',
    ]);
  });

  it('is empty once it was cleared', async () => {
    await shelf.keep('job', [aFile('2', 'a.png')], ['2']);
    expect(assets.totalBytes()).toBeGreaterThan(0);
    await shelf.remove('job');
    expect(await shown()).toEqual([]);
    expect(assets.totalBytes()).toBe(0);
  });
});
