import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';

import { silentLog } from '@gateway/kernel';
import { StateDatabase } from '@gateway/state';
import { FakeClock } from '@gateway/testing';
import { blake3 } from 'hash-wasm';

import type { OutputFields } from './asset';
import { ASSET_MIGRATIONS } from './asset.migrations';
import { AssetService } from './asset.service';
import type { AssetsOptions } from './assets.module-definition';

const ME = 'me';
const PNG = { contentType: 'image/png', filePath: 'photo.png' };

let root: string;
let clock: FakeClock;
let database: StateDatabase;
let assets: AssetService;
const others: AssetService[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'assets-'));
  clock = new FakeClock(1_000_000);
  database = openDatabase();
  assets = await started();
});

afterEach(async () => {
  await assets.stop();
  for (const one of others.splice(0)) await one.stop();
  await database.close();
  await rm(root, { recursive: true });
});

function openDatabase(): StateDatabase {
  const file = join(root, 'state.sqlite');
  return StateDatabase.open({ file, synchronous: 'NORMAL', migrations: ASSET_MIGRATIONS });
}

async function started(options: Partial<AssetsOptions> = {}): Promise<AssetService> {
  const service = new AssetService({
    database,
    blobDir: join(root, 'blobs'),
    defaultRetentionS: 3600,
    maxUploadBytes: 1_000_000,
    models: { areAllowed: false, dir: join(root, 'models'), folders: ['checkpoints'] },
    clock,
    log: silentLog,
    ...options,
  });
  await service.start();
  return service;
}

/** What is in the folder of blobs, halves included. */
async function blobs(): Promise<readonly string[]> {
  const names = await readdir(join(root, 'blobs'), { recursive: true });
  return names.filter((name) => name !== 'incoming');
}

const stream = (bytes: string): Readable => Readable.from([Buffer.from(bytes)]);

async function contentOf(id: string, service = assets): Promise<string> {
  return text((await service.open(ME, id)).stream());
}

describe('an upload', () => {
  it('is an asset with its size, type and hash, and gives its bytes back', async () => {
    const { asset, areBytesNew } = await assets.upload(ME, stream('meow'), {
      ...PNG,
      tags: ['input'],
    });
    expect(areBytesNew).toBe(true);
    expect(asset).toMatchObject({
      ...PNG,
      ownerId: ME,
      hash: `blake3:${await blake3('meow')}`,
      sizeBytes: 4,
      tags: ['input'],
      createdAt: 1_000_000,
      expiresAt: 1_000_000 + 3_600_000,
      output: null,
    });
    expect(assets.get(ME, asset.id)).toEqual(asset);
    expect(await contentOf(asset.id)).toBe('meow');
  });

  it('may be empty', async () => {
    const { asset } = await assets.upload(ME, Readable.from([]), PNG);
    expect(asset.hash).toBe(`blake3:${await blake3('')}`);
    expect(await contentOf(asset.id)).toBe('');
  });

  it('is for us alone on the disk', async () => {
    await assets.upload(ME, stream('meow'), PNG);
    const [name = ''] = await blobs();
    expect((await stat(join(root, 'blobs'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(root, 'blobs', name))).mode & 0o777).toBe(0o600);
  });

  it('of bytes that are here is one more asset over them', async () => {
    const first = await assets.upload(ME, stream('meow'), PNG);
    const second = await assets.upload(ME, stream('meow'), { ...PNG, filePath: 'cat.png' });
    expect(second).toMatchObject({ areBytesNew: false, asset: { filePath: 'cat.png' } });
    expect(second.asset.id).not.toBe(first.asset.id);
    expect(await blobs()).toHaveLength(1);
    expect(assets.totalBytes()).toBe(4);
  });

  it('of the same bytes at the same time keeps them once', async () => {
    const uploads = Array.from({ length: 8 }, () => assets.upload(ME, stream('meow'), PNG));
    const minted = await Promise.all(uploads);
    expect(await blobs()).toHaveLength(1);
    expect(minted.filter(({ areBytesNew }) => areBytesNew)).toHaveLength(1);
  });

  it('does not tell one owner what another has brought', async () => {
    const { asset } = await assets.upload('you', stream('meow'), PNG);
    expect(assets.hasBlob(ME, asset.hash!)).toBe(false);
    expect(() => assets.get(ME, asset.id)).toThrow('There is no asset');
    await expect(assets.mintFromHash(ME, { hash: asset.hash! })).rejects.toMatchObject({
      code: 'asset.blob_not_found',
    });
    expect((await assets.upload(ME, stream('meow'), PNG)).areBytesNew).toBe(true);
  });

  it('is stored anew when somebody took the file of the same bytes away', async () => {
    const first = await assets.upload(ME, stream('meow'), PNG);
    const [name = ''] = await blobs();
    await rm(join(root, 'blobs', name));
    const second = await assets.upload(ME, stream('meow'), PNG);
    expect(await contentOf(second.asset.id)).toBe('meow');
    expect(() => assets.get(ME, first.asset.id)).toThrow('There is no asset');
  });

  it.each([
    [
      'is not what it should be',
      'asset.hash_mismatch',
      { expectedHash: `blake3:${'0'.repeat(64)}` },
    ],
    ['has a path that leads elsewhere', 'asset.invalid_path', { filePath: '../photo.png' }],
    [
      'is a model where none are taken',
      'asset.models_not_allowed',
      { filePath: 'models/checkpoints/a.safetensors' },
    ],
  ])('that %s leaves nothing', async (_what, code, fields) => {
    const upload = assets.upload(ME, stream('meow'), { ...PNG, ...fields });
    await expect(upload).rejects.toMatchObject({ code });
    expect(await blobs()).toEqual([]);
    expect(assets.hasBlob(ME, `blake3:${await blake3('meow')}`)).toBe(false);
  });

  it('is taken when it is what it should be', async () => {
    const expectedHash = `blake3:${await blake3('meow')}`;
    const { asset } = await assets.upload(ME, stream('meow'), { ...PNG, expectedHash });
    expect(asset.hash).toBe(expectedHash);
  });

  it('that breaks off leaves nothing', async () => {
    const broken = Readable.from(
      (function* () {
        yield Buffer.alloc(100_000);
        throw new Error('the client went away');
      })(),
    );
    await expect(assets.receive(broken)).rejects.toThrow('the client went away');
    expect(await blobs()).toEqual([]);
  });

  it('that is too large leaves nothing', async () => {
    const large = Readable.from(Array.from({ length: 11 }, () => Buffer.alloc(100_000)));
    await expect(assets.receive(large)).rejects.toMatchObject({ code: 'asset.too_large' });
    expect(await blobs()).toEqual([]);
  });

  it('for which there is no room leaves nothing; bytes that are here need none', async () => {
    const asked: number[] = [];
    assets.limitUploads({ makeRoom: (bytes) => Promise.resolve(asked.push(bytes) < 2) });
    await assets.upload(ME, stream('meow'), PNG);
    const second = assets.upload(ME, stream('woof!'), PNG);
    await expect(second).rejects.toMatchObject({ code: 'asset.no_room', sizeBytes: 5 });
    await assets.upload(ME, stream('meow'), PNG);
    expect(asked).toEqual([4, 5]);
    expect(await blobs()).toHaveLength(1);
    expect(assets.totalBytes()).toBe(4);
  });

  it.each(['new', 'known'])('of %s bytes is kept with what belongs to it, or not', async (kind) => {
    if (kind === 'known') await assets.upload(ME, stream('meow'), PNG);
    const before = (await blobs()).length;
    const failing = (): void => {
      throw new Error('no room');
    };
    const refused = (await assets.receive(stream('meow'))).keep(ME, PNG, failing);
    await expect(refused).rejects.toThrow('no room');
    expect(await blobs()).toHaveLength(before);
    expect(assets.oldestUploads(9)).toHaveLength(before);
    let done = 0;
    await (await assets.receive(stream('meow'))).keep(ME, PNG, () => (done += 1));
    expect([done, assets.oldestUploads(9).length]).toEqual([1, before + 1]);
  });

  it('goes to make room for others, unless a job needs it by then', async () => {
    const first = await assets.upload(ME, stream('meow'), PNG);
    const second = await assets.upload(ME, stream('woof'), PNG);
    expect(assets.oldestUploads(9).map(({ id }) => id)).toEqual([first.asset.id, second.asset.id]);
    assets.hold('job', ME, [second.asset.id]);
    for (const { asset } of [first, second]) await assets.evictUpload(asset.id);
    expect(await blobs()).toHaveLength(1);
    expect(await contentOf(second.asset.id)).toBe('woof');
  });

  it('that is discarded leaves nothing, however often', async () => {
    const upload = await assets.receive(stream('meow'));
    expect(await blobs()).toHaveLength(1);
    await upload.discard();
    await upload.discard();
    expect(await blobs()).toEqual([]);
  });
});

describe('minting from a hash', () => {
  it('gives an asset over bytes that are here, of the same type', async () => {
    const { asset } = await assets.upload(ME, stream('meow'), PNG);
    expect(assets.hasBlob(ME, asset.hash!)).toBe(true);
    const minted = await assets.mintFromHash(ME, { hash: asset.hash!, filePath: 'cat.png' });
    expect(minted).toMatchObject({
      areBytesNew: false,
      isMinted: true,
      asset: { filePath: 'cat.png', contentType: 'image/png', sizeBytes: 4 },
    });
    expect(await contentOf(minted.asset.id)).toBe('meow');
  });

  it('gives back what is the same in all, and never shortens its time', async () => {
    const { asset } = await assets.upload(ME, stream('meow'), { ...PNG, tags: ['a', 'b'] });
    const fields = { hash: asset.hash!, filePath: 'photo.png', tags: ['b', 'a'] };
    const shorter = await assets.mintFromHash(ME, { ...fields, expiresInS: 60 });
    expect(shorter).toEqual({ asset, areBytesNew: false, isMinted: false });
    const longer = await assets.mintFromHash(ME, { ...fields, expiresInS: 7200 });
    expect(longer.asset).toEqual({ ...asset, expiresAt: 1_000_000 + 7_200_000 });
    expect(assets.get(ME, asset.id)).toEqual(longer.asset);
  });

  it('keeps for ever what is kept for ever', async () => {
    const eternal = await started({ defaultRetentionS: null });
    others.push(eternal);
    const { asset } = await eternal.upload(ME, stream('meow'), PNG);
    expect(asset.expiresAt).toBeNull();
    const again = await eternal.mintFromHash(ME, { hash: asset.hash!, expiresInS: 60 });
    expect(again.asset).toEqual(asset);
  });

  it('finds nothing in a hash that is none', async () => {
    await assets.upload(ME, stream('meow'), PNG);
    expect(assets.hasBlob(ME, 'blake3:%')).toBe(false);
  });
});

describe('an asset', () => {
  it('takes its bytes with it only when it is the last over them', async () => {
    const first = await assets.upload(ME, stream('meow'), PNG);
    const second = await assets.upload(ME, stream('meow'), PNG);
    await assets.delete(ME, first.asset.id);
    expect(await contentOf(second.asset.id)).toBe('meow');
    await assets.delete(ME, second.asset.id);
    expect(await blobs()).toEqual([]);
    await expect(assets.delete(ME, second.asset.id)).rejects.toMatchObject({
      code: 'asset.not_found',
    });
  });

  it('is read to its end by who opened it before it was deleted', async () => {
    const { asset } = await assets.upload(ME, stream('meow'), PNG);
    const opened = await assets.open(ME, asset.id);
    await assets.delete(ME, asset.id);
    expect(await text(opened.stream())).toBe('meow');
    await opened.close();
  });

  it('gives any range of its bytes', async () => {
    const { asset } = await assets.upload(ME, stream('0123456789'), PNG);
    for (let first = 0; first < 10; first += 1) {
      for (let last = first; last < 10; last += 1) {
        const part = await text((await assets.open(ME, asset.id)).stream({ first, last }));
        expect(part).toBe('0123456789'.slice(first, last + 1));
      }
    }
  });

  it('is not there once it has expired, and its bytes go in the next round', async () => {
    const { asset } = await assets.upload(ME, stream('meow'), { ...PNG, expiresInS: 90 });
    await clock.advance(89_999);
    expect(assets.get(ME, asset.id)).toEqual(asset);
    await clock.advance(1);
    expect(() => assets.get(ME, asset.id)).toThrow('There is no asset');
    expect(assets.hasBlob(ME, asset.hash!)).toBe(false);
    expect(await assets.removeExpired(clock.now())).toBe(1);
    expect(await blobs()).toEqual([]);
  });

  it('is removed by itself once it has expired', async () => {
    await assets.upload(ME, stream('meow'), { ...PNG, expiresInS: 60 });
    await clock.advance(120_000);
    await assets.stop();
    expect(await blobs()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('neither goes nor expires while a job needs it', async () => {
    const { asset } = await assets.upload(ME, stream('meow'), { ...PNG, expiresInS: 60 });
    assets.hold('job', ME, [asset.id, asset.id]);
    await expect(assets.delete(ME, asset.id)).rejects.toMatchObject({ code: 'asset.in_use' });
    await clock.advance(600_000);
    expect(await contentOf(asset.id)).toBe('meow');
    assets.release('job');
    expect(await assets.removeExpired(clock.now())).toBe(1);
  });

  it('is held with all others or not at all', async () => {
    const { asset } = await assets.upload(ME, stream('meow'), PNG);
    expect(() => assets.hold('job', ME, [asset.id, 'nobody'])).toThrow('There is no asset');
    await assets.delete(ME, asset.id);
  });

  it('says so when its file was changed or taken away', async () => {
    const { asset } = await assets.upload(ME, stream('meow'), PNG);
    const [name = ''] = await blobs();
    const path = join(root, 'blobs', name);
    await writeFile(path, 'me');
    await expect(assets.open(ME, asset.id)).rejects.toMatchObject({ code: 'asset.damaged' });
    await rm(path);
    await expect(assets.open(ME, asset.id)).rejects.toMatchObject({ code: 'asset.damaged' });
  });
});

describe('an output', () => {
  const fields = (more: Partial<OutputFields> = {}): OutputFields => ({
    ownerId: ME,
    jobId: 'job',
    nodeId: '9',
    name: 'out_00001_.png',
    type: 'image',
    contentType: 'image/png',
    position: 0,
    ...more,
  });

  async function anEngineFile(bytes = 'pixels'): Promise<string> {
    const path = join(root, 'out_00001_.png');
    await writeFile(path, bytes);
    return path;
  }

  it('is linked: its bytes are not copied, and outlive the engine’s file', async () => {
    const path = await anEngineFile();
    const asset = await assets.keepOutput(fields(), { path });
    expect((await stat(path)).nlink).toBe(2);
    await rm(path);
    expect(await contentOf(asset.id)).toBe('pixels');
    expect(asset).toMatchObject({
      hash: null,
      sizeBytes: 6,
      expiresAt: null,
      filePath: 'out_00001_.png',
    });
  });

  it('is copied from another file system', async () => {
    const elsewhere = await mkdtemp('/dev/shm/assets-');
    try {
      const path = join(elsewhere, 'out.png');
      await writeFile(path, 'pixels');
      const asset = await assets.keepOutput(fields(), { path });
      expect(await contentOf(asset.id)).toBe('pixels');
      expect(await readdir(elsewhere)).toEqual(['out.png']);
      expect((await stat(path)).nlink).toBe(1);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  it('may be a stream or a text', async () => {
    const one = await assets.keepOutput(fields(), { stream: stream('pixels') });
    const text = { type: 'text', contentType: 'text/plain', name: 'text', position: 1 } as const;
    const two = await assets.keepOutput(fields(text), { text: 'a cät' });
    expect([await contentOf(one.id), await contentOf(two.id)]).toEqual(['pixels', 'a cät']);
    expect(two.sizeBytes).toBe(6);
  });

  it('is the same asset when it is kept again, whatever became of the file', async () => {
    const path = await anEngineFile();
    const first = await assets.keepOutput(fields(), { path });
    const again = await assets.keepOutput(fields(), { path });
    expect(again.id).toBe(first.id);
    await rm(path);
    const third = await assets.keepOutput(fields(), { path });
    expect(third.id).toBe(first.id);
    const unread = stream('x');
    await assets.keepOutput(fields(), { stream: unread });
    expect(unread.destroyed).toBe(true);
    expect(await blobs()).toHaveLength(1);
  });

  it('is the same asset when it is kept twice at once', async () => {
    const path = await anEngineFile();
    const [one, two] = await Promise.all([
      assets.keepOutput(fields(), { path }),
      assets.keepOutput(fields(), { path }),
    ]);
    expect(one.id).toBe(two.id);
    expect(await blobs()).toHaveLength(1);
  });

  it('keeps its place among the outputs of its job, and goes with them', async () => {
    await assets.keepOutput(fields({ name: 'b', position: 1 }), { text: 'b' });
    await assets.keepOutput(fields({ name: 'a', position: 0 }), { text: 'a' });
    await assets.keepOutput(fields({ jobId: 'other' }), { text: 'c' });
    expect(assets.outputsOf('job').map(({ output }) => output?.name)).toEqual(['a', 'b']);
    const all = assets.outputsOfAll(['job', 'nobody', 'other']);
    expect([...all.keys()].sort()).toEqual(['job', 'other']);
    for (const id of ['job', 'other']) expect(all.get(id)).toEqual(assets.outputsOf(id));
    await assets.removeOutputsOf('job');
    expect(assets.outputsOf('job')).toEqual([]);
    expect(assets.outputsOf('other')).toHaveLength(1);
    expect(await blobs()).toHaveLength(1);
  });

  it('cannot be deleted while its job is there', async () => {
    const { id } = await assets.keepOutput(fields(), { text: 'a' });
    await expect(assets.delete(ME, id)).rejects.toMatchObject({ code: 'asset.in_use' });
    await assets.removeOutputsOf('job');
    expect(() => assets.get(ME, id)).toThrow('There is no asset');
  });

  it('gets its hash a little later, and can then be minted from', async () => {
    const path = await anEngineFile();
    const { id } = await assets.keepOutput(fields(), { path });
    await assets.drain();
    const hash = `blake3:${await blake3('pixels')}`;
    expect(assets.get(ME, id).hash).toBe(hash);
    const { asset } = await assets.mintFromHash(ME, { hash });
    expect(asset.output).toBeNull();
    await assets.removeOutputsOf('job');
    expect(await contentOf(asset.id)).toBe('pixels');
  });

  it('gets its hash in the next life when this one ends before', async () => {
    const path = await anEngineFile();
    await assets.stop();
    const { id } = await assets.keepOutput(fields(), { path });
    expect(assets.get(ME, id).hash).toBeNull();
    const next = await started();
    others.push(next);
    await next.drain();
    expect(next.get(ME, id).hash).toBe(`blake3:${await blake3('pixels')}`);
  });

  it.each(['missing', 'a folder', 'a symlink'])('cannot be %s', async (kind) => {
    const path = join(root, 'out.png');
    if (kind === 'a folder') await mkdir(path);
    if (kind === 'a symlink') await symlink(join(root, 'state.sqlite'), path);
    const kept = assets.keepOutput(fields(), { path });
    await expect(kept).rejects.toMatchObject({ code: 'asset.output_unreadable' });
    expect(await blobs()).toEqual([]);
    expect(assets.outputsOf('job')).toEqual([]);
  });
});

describe('a start', () => {
  it('removes what a crash left over, and nothing else', async () => {
    const kept = await assets.upload(ME, stream('kept'), PNG);
    const lost = await assets.upload(ME, stream('lost'), PNG);
    await assets.upload(ME, stream('old'), { ...PNG, expiresInS: 60 });
    await assets.receive(stream('half'));
    await writeFile(join(root, 'blobs', 'nobody'), 'unreferenced');
    for (const name of await readdir(join(root, 'blobs'))) {
      const path = join(root, 'blobs', name);
      if (name !== 'incoming' && (await readFile(path, 'utf8')) === 'lost') await rm(path);
    }
    await assets.stop();
    await database.close();
    clock = new FakeClock(1_060_000);
    database = openDatabase();
    assets = await started();
    expect(await blobs()).toHaveLength(1);
    expect(await contentOf(kept.asset.id)).toBe('kept');
    expect(() => assets.get(ME, lost.asset.id)).toThrow('There is no asset');
    expect(assets.hasBlob(ME, lost.asset.hash!)).toBe(false);
  });

  it('leaves nothing of an earlier life when the database kept nothing', async () => {
    await assets.upload(ME, stream('kept'), PNG);
    const forgetful = StateDatabase.open({
      file: ':memory:',
      synchronous: 'NORMAL',
      migrations: ASSET_MIGRATIONS,
    });
    others.push(await started({ database: forgetful }));
    expect(await blobs()).toEqual([]);
    await Promise.all(others.splice(0).map((one) => one.stop()));
    await forgetful.close();
  });
});

describe('memory', () => {
  it('holds only a little of an upload at a time', async () => {
    const MEBIBYTES = 64;
    const roomy = await started({ maxUploadBytes: MEBIBYTES * 2 ** 20 });
    others.push(roomy);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const bytes = Readable.from(
      (function* () {
        for (let count = 0; count < MEBIBYTES * 16; count += 1) {
          most = Math.max(most, process.memoryUsage().arrayBuffers - before);
          yield Buffer.alloc(64 * 1024, count);
        }
      })(),
    );
    const { asset } = await roomy.upload(ME, bytes, PNG);
    expect(asset.sizeBytes).toBe(MEBIBYTES * 2 ** 20);
    expect(most).toBeLessThan(48 * 2 ** 20);
    expect(
      (await buffer((await roomy.open(ME, asset.id)).stream({ first: 65_536, last: 65_536 })))[0],
    ).toBe(1);
  });
});
