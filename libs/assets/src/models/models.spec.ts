import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { silentLog } from '@gateway/kernel';
import { StateDatabase } from '@gateway/state';

import { ASSET_MIGRATIONS } from '../asset.migrations';
import { AssetService } from '../asset.service';

const ME = 'me';
const PLACE = 'models/checkpoints/x.safetensors';

let root: string;
let models: string;
let database: StateDatabase;
let assets: AssetService;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'models-'));
  models = join(root, 'models');
  await mkdir(join(models, 'checkpoints'), { recursive: true });
  database = StateDatabase.open({
    file: ':memory:',
    synchronous: 'NORMAL',
    migrations: ASSET_MIGRATIONS,
  });
  assets = await started();
});

afterEach(async () => {
  await assets.stop();
  await database.close();
  await rm(root, { recursive: true });
});

async function started(): Promise<AssetService> {
  const service = new AssetService({
    database,
    blobDir: join(root, 'blobs'),
    defaultRetentionS: null,
    maxUploadBytes: 10_000_000,
    models: { areAllowed: true, dir: models, folders: ['checkpoints', 'loras'] },
    log: silentLog,
  });
  await service.start();
  return service;
}

/** A safetensors file; by default one that is in order. */
function safetensors(header: unknown = aHeader(), data = 'abcdefgh'): Buffer {
  const json = typeof header === 'string' ? header : JSON.stringify(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(json)));
  return Buffer.concat([length, Buffer.from(json), Buffer.from(data)]);
}

function aHeader(begin = 0, end = 8): object {
  return {
    __metadata__: { format: 'pt' },
    w: { dtype: 'F32', shape: [2], data_offsets: [begin, end] },
  };
}

type Tensor = readonly [dtype: string, shape: readonly number[], begin: number, end: number];

function tensors(...list: readonly Tensor[]): object {
  const entries = list.map(([dtype, shape, begin, end], index) => [
    `t${index}`,
    { dtype, shape, data_offsets: [begin, end] },
  ]);
  return Object.fromEntries(entries) as object;
}

async function put(bytes: Buffer, filePath = PLACE) {
  const fields = { contentType: 'application/octet-stream', filePath };
  return assets.upload(ME, Readable.from([bytes]), fields);
}

async function everyFile(): Promise<readonly string[]> {
  const names = await readdir(root, { recursive: true, withFileTypes: true });
  return names.filter((one) => one.isFile()).map(({ name }) => name);
}

it('puts a model where the engine finds it, readable to it, and no copy elsewhere', async () => {
  const { asset, areBytesNew } = await put(safetensors());
  expect(areBytesNew).toBe(true);
  expect(asset).toMatchObject({ filePath: PLACE, sizeBytes: safetensors().length });
  expect(await everyFile()).toEqual(['x.safetensors']);
  expect((await stat(join(root, PLACE))).mode & 0o777).toBe(0o644);
  expect(await readFile(join(root, PLACE))).toEqual(safetensors());
  expect(assets.totalBytes()).toBe(0);
});

it('makes a known folder that is not there', async () => {
  await put(safetensors(), 'models/loras/y.safetensors');
  expect(await readdir(join(models, 'loras'))).toEqual(['y.safetensors']);
});

it('never overwrites a model, and leaves nothing of the other', async () => {
  await writeFile(join(root, PLACE), 'mine');
  await expect(put(safetensors())).rejects.toMatchObject({ code: 'asset.model_exists' });
  expect(await readFile(join(root, PLACE), 'utf8')).toBe('mine');
  expect(await everyFile()).toEqual(['x.safetensors']);
});

it('takes the same model at the same place for what it is', async () => {
  await writeFile(join(root, PLACE), safetensors());
  const first = await put(safetensors());
  const second = await put(safetensors());
  expect(first.asset.id).not.toBe(second.asset.id);
  expect([first.areBytesNew, second.areBytesNew]).toEqual([true, false]);
});

it('lets one of two win that come at once', async () => {
  const other = safetensors(aHeader(), 'ABCDEFGH');
  const results = await Promise.allSettled([put(safetensors()), put(other)]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(await everyFile()).toEqual(['x.safetensors']);
});

it('keeps the model when its asset is deleted', async () => {
  const { asset } = await put(safetensors());
  await assets.delete(ME, asset.id);
  expect(await everyFile()).toEqual(['x.safetensors']);
});

it('forgets the asset when the operator removed the model', async () => {
  const { asset } = await put(safetensors());
  await rm(join(root, PLACE));
  await assets.stop();
  assets = await started();
  expect(() => assets.get(ME, asset.id)).toThrow('There is no asset');
});

it('follows a model that the operator replaced by way of an upload', async () => {
  const old = await put(safetensors());
  await rm(join(root, PLACE));
  const other = safetensors(aHeader(), 'ABCDEFGH');
  const { asset } = await put(other);
  expect(() => assets.get(ME, old.asset.id)).toThrow('There is no asset');
  expect(assets.get(ME, asset.id).hash).toBe(asset.hash);
});

it('copies a known model under another name', async () => {
  const { asset } = await put(safetensors());
  const filePath = 'models/loras/y.safetensors';
  const minted = await assets.mintFromHash(ME, { hash: asset.hash!, filePath });
  expect(minted.asset.filePath).toBe(filePath);
  expect(await readFile(join(root, filePath))).toEqual(safetensors());
  expect((await stat(join(root, filePath))).nlink).toBe(1);
});

it('removes what a crash left on its way in, but nobody else’s', async () => {
  await put(safetensors());
  const author = createHash('sha256').update(join(root, 'blobs')).digest('hex').slice(0, 12);
  await writeFile(join(models, 'checkpoints', `.asset-${author}-1.part`), 'half');
  await writeFile(join(models, 'checkpoints', '.asset-0123456789ab-1.part'), 'of another gateway');
  await assets.stop();
  assets = await started();
  expect(await readdir(join(models, 'checkpoints'))).toEqual([
    '.asset-0123456789ab-1.part',
    'x.safetensors',
  ]);
});

it.each<[string, () => Promise<unknown>, RegExp]>([
  ['is not there', () => rm(models, { recursive: true }), /it is not there$/],
  [
    'is no folder',
    async () => {
      await rm(models, { recursive: true });
      await writeFile(models, '');
    },
    /it is no folder$/,
  ],
])('says of a model folder that %s just that, and keeps nothing', async (_, break_, problem) => {
  await break_();
  const problems = expect.stringMatching(problem) as string;
  await expect(put(safetensors())).rejects.toMatchObject({
    code: 'asset.model_folder_unusable',
    message: problems,
  });
  expect(await readdir(join(root, 'blobs', 'incoming'))).toEqual([]);
});

it('takes tensors in any order, empty ones, and types that came after us', async () => {
  const header = {
    b: { dtype: 'BF16', shape: [2, 1], data_offsets: [4, 8] },
    none: { dtype: 'F32', shape: [0, 9], data_offsets: [4, 4] },
    a: { dtype: 'F4', shape: [8], data_offsets: [0, 4] },
    new: { dtype: 'F12_E3M8', shape: [8], data_offsets: [8, 20] },
  };
  await put(safetensors(header, 'x'.repeat(20)));
  expect(await everyFile()).toEqual(['x.safetensors']);
});

describe('refuses', () => {
  it.each([
    'models/x.safetensors',
    'models/checkpoints/sub/x.safetensors',
    'models/checkpoints/x.ckpt',
    'models/checkpoints/.safetensors',
    'models/custom_nodes/x.safetensors',
    'models/../checkpoints/x.safetensors',
    'models/checkpoints/..',
    'models//x.safetensors',
    'models/checkpoints/a\\b.safetensors',
    'models/checkpoints/a\0.safetensors',
    `models/checkpoints/${'x'.repeat(250)}.safetensors`,
  ])('%j as a place', async (filePath) => {
    await expect(put(safetensors(), filePath)).rejects.toMatchObject({
      code: 'asset.invalid_path',
    });
    expect(await everyFile()).toEqual([]);
  });

  it('a folder that leads out of the model folder', async () => {
    await mkdir(join(root, 'elsewhere'));
    await symlink(join(root, 'elsewhere'), join(models, 'loras'));
    const into = put(safetensors(), 'models/loras/x.safetensors');
    await expect(into).rejects.toMatchObject({ code: 'asset.invalid_path' });
    expect(await everyFile()).toEqual([]);
  });

  it('a place where a symlink lies, whatever it leads to', async () => {
    await writeFile(join(root, 'secret'), 'secret');
    await symlink(join(root, 'secret'), join(root, PLACE));
    await expect(put(safetensors())).rejects.toMatchObject({ code: 'asset.model_exists' });
    expect(await readFile(join(root, 'secret'), 'utf8')).toBe('secret');
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['too little for a length', Buffer.from('1234567')],
    ['a header longer than the file', safetensors(aHeader()).subarray(0, 40)],
    ['an endless header', Buffer.alloc(64, 0xff)],
    ['a pickle', Buffer.from('\x80\x02}q\x00.'.repeat(9), 'latin1')],
    ['a header that is no JSON', safetensors('{"w":')],
    ['a header that is no object', safetensors('[]', '')],
    ['a header behind blanks', safetensors(` ${JSON.stringify(aHeader())}`)],
    ['metadata that is none', safetensors({ ...aHeader(), __metadata__: { a: 1 } })],
    ['a tensor that is not described', safetensors({ w: {} }, '')],
    ['offsets that are no numbers', safetensors(aHeader('0' as never))],
    ['offsets the wrong way round', safetensors(aHeader(8, 4))],
    ['a negative offset', safetensors(aHeader(-1))],
    ['a tensor behind the end', safetensors(aHeader(0, 9))],
    ['a file cut short', safetensors(aHeader(), 'abcd')],
    ['a tensor larger than its bytes', safetensors(tensors(['F32', [9999], 0, 8]))],
    ['a tensor smaller than its bytes', safetensors(tensors(['U8', [2, 3], 0, 8]))],
    ['a size that no number holds', safetensors(tensors(['F32', [2 ** 32, 2 ** 32], 0, 8]))],
    [
      'sizes without end',
      safetensors(tensors(['F32', Array<number>(100_000).fill(2 ** 50), 0, 8])),
    ],
    ['half a byte', safetensors(tensors(['F4', [15], 0, 8]))],
    ['tensors that overlap', safetensors(tensors(['U8', [5], 0, 5], ['U8', [5], 3, 8]))],
    ['tensors over the same', safetensors(tensors(['U8', [8], 0, 8], ['U8', [8], 0, 8]))],
    ['a hole between tensors', safetensors(tensors(['U8', [3], 0, 3], ['U8', [3], 5, 8]))],
    ['a hole before the first', safetensors(tensors(['U8', [5], 3, 8]))],
    ['more than the tensors', safetensors(aHeader(0, 7))],
  ])('%s', async (_what, bytes) => {
    await expect(put(bytes)).rejects.toMatchObject({ code: 'asset.invalid_model' });
    expect(await everyFile()).toEqual([]);
  });
});
