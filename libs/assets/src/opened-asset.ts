import { open, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';

import { FilePieces } from '@gateway/kernel';

import type { Asset, ByteRange } from './asset';
import { AssetDamagedError } from './assets.errors';

/** An asset whose file is held open: nobody can take it away any more. Read it once or close it. */
export interface OpenedAsset {
  readonly asset: Asset;
  /** All bytes, or those of `range`. May be called once; the stream closes the file at its end. */
  stream(range?: ByteRange): Readable;
  /** Lets go of a file that was not read; may be called twice, and after {@link stream}. */
  close(): Promise<void>;
}

/** @throws AssetDamagedError `asset.damaged` */
export async function openAsset(asset: Asset, path: string): Promise<OpenedAsset> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new AssetDamagedError(asset.id, { cause });
  });
  const { size } = await file.stat();
  if (size !== asset.sizeBytes) {
    await file.close();
    throw new AssetDamagedError(asset.id);
  }
  return new OpenedFile(asset, file);
}

class OpenedFile implements OpenedAsset {
  private state: 'untouched' | 'read' | 'closed' = 'untouched';

  constructor(
    readonly asset: Asset,
    private readonly file: FileHandle,
  ) {}

  stream(range?: ByteRange): Readable {
    if (this.state !== 'untouched') throw new Error('An opened asset can be read only once');
    this.state = 'read';
    return new FilePieces(this.file, { start: range?.first, end: range?.last });
  }

  async close(): Promise<void> {
    if (this.state !== 'untouched') return;
    this.state = 'closed';
    await this.file.close();
  }
}
