import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, link, lstat, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { writeNewFile } from '@gateway/kernel';

import { AssetTooLargeError, OutputUnreadableError } from './assets.errors';
import { startHash } from './blob-hash';
import { storageProblem } from './storage-problem';

/** Bytes that came in whole, and belong to nobody yet. */
export interface ReceivedBytes {
  readonly path: string;
  readonly hash: string;
  readonly sizeBytes: number;
}

/** A file among the blobs. Its hash is `null` when nobody read it on its way in. */
export interface StoredBlob {
  readonly id: string;
  readonly hash: string | null;
  readonly sizeBytes: number;
}

/**
 * The folder of blobs, for us alone. What comes in grows under `incoming/` and moves in between the
 * others when it is whole, so that a blob is never half.
 */
export class BlobFolder {
  readonly root: string;
  private readonly incoming: string;

  constructor(dir: string) {
    this.root = resolve(dir);
    this.incoming = join(this.root, INCOMING);
  }

  async prepare(): Promise<void> {
    await mkdir(this.incoming, { recursive: true, mode: 0o700 });
    await chmod(this.root, 0o700);
  }

  pathOf(id: string): string {
    return join(this.root, id);
  }

  /**
   * Writes a stream to disk while hashing it. Nothing is left of one that broke off.
   *
   * @throws AssetTooLargeError `asset.too_large`
   * @throws StateUnavailableError `state.unavailable`
   */
  async receive(bytes: Readable, maxBytes = Infinity): Promise<ReceivedBytes> {
    const path = join(this.incoming, randomUUID());
    let sizeBytes = 0;
    let hash = '';
    async function* hashed(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
      const hashing = await startHash();
      for await (const chunk of source) {
        sizeBytes += chunk.length;
        if (sizeBytes > maxBytes) throw new AssetTooLargeError(maxBytes);
        hashing.update(chunk);
        yield chunk;
      }
      hash = hashing.digest();
    }
    try {
      await writeNewFile(path, (file) => pipeline(bytes, hashed, file), { mode: 0o600 });
    } catch (error) {
      throw storageProblem(error);
    }
    return { path, hash, sizeBytes };
  }

  async store({ path, hash, sizeBytes }: ReceivedBytes): Promise<StoredBlob> {
    const id = randomUUID();
    await rename(path, this.pathOf(id));
    return { id, hash, sizeBytes };
  }

  /**
   * Makes a file of somebody else a blob as well: by a hard link, or by copying it where there can be
   * none.
   *
   * @throws OutputUnreadableError `asset.output_unreadable`: gone, or no regular file.
   */
  async storeFile(path: string): Promise<StoredBlob> {
    const file = await openRegular(path);
    try {
      const { size, ino, dev } = await file.stat();
      const id = randomUUID();
      if (await this.linked(path, id, { ino, dev })) return { id, hash: null, sizeBytes: size };
      const source = file.createReadStream({ autoClose: false, highWaterMark: COPY_CHUNK_BYTES });
      return await this.store(await this.receive(source));
    } finally {
      await file.close();
    }
  }

  async has(id: string): Promise<boolean> {
    return stat(this.pathOf(id)).then(
      (found) => found.isFile(),
      () => false,
    );
  }

  async remove(id: string): Promise<void> {
    await rm(this.pathOf(id), { force: true });
  }

  async ids(): Promise<readonly string[]> {
    return (await readdir(this.root)).filter((name) => name !== INCOMING);
  }

  /** What came in when the process died. */
  async clearIncoming(): Promise<number> {
    const left = await readdir(this.incoming);
    for (const name of left) await rm(join(this.incoming, name), { force: true });
    return left.length;
  }

  /** Whether a hard link was made, and to that very file: its name may lead elsewhere by now. */
  private async linked(path: string, id: string, file: Inode): Promise<boolean> {
    const target = this.pathOf(id);
    try {
      await link(path, target);
    } catch {
      return false;
    }
    const made = await lstat(target);
    if (made.isFile() && made.ino === file.ino && made.dev === file.dev) return true;
    await rm(target);
    return false;
  }
}

interface Inode {
  readonly ino: number;
  readonly dev: number;
}

const INCOMING = 'incoming';
const COPY_CHUNK_BYTES = 256 * 1024;

async function openRegular(path: string): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    throw new OutputUnreadableError(path, { cause });
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new OutputUnreadableError(path);
}
