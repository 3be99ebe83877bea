import { randomUUID } from 'node:crypto';

import type { Asset } from './asset';
import type { AssetRecords, BlobRecord } from './asset.records';
import { NoRoomError } from './assets.errors';
import type { BlobFolder, ReceivedBytes, StoredBlob } from './blob.folder';
import type { ModelFolder } from './models/model.folder';

/** What an asset is, but for its bytes and for what is given to every one. */
export type AssetFacts = Pick<
  Asset,
  'ownerId' | 'contentType' | 'filePath' | 'tags' | 'createdAt' | 'expiresAt' | 'output'
>;

/** Who sees to it that what is kept stays within its limit. */
export interface Room {
  /** `false`: there is no room for so many bytes, and none can be made. */
  makeRoom(bytes: number): Promise<boolean>;
}

/**
 * Records and bytes as one. Bytes are stored before their record is written, and removed after it:
 * whatever a crash leaves over are bytes without a record, which the next start removes.
 */
export class AssetShelf {
  constructor(
    readonly records: AssetRecords,
    readonly blobs: BlobFolder,
    readonly models: ModelFolder,
  ) {}

  pathOf({ id, modelPath }: BlobRecord): string {
    return modelPath === null ? this.blobs.pathOf(id) : this.models.pathOf(modelPath);
  }

  /** An asset over bytes that are on the shelf already. */
  addOver(facts: AssetFacts, blob: BlobRecord): Asset {
    const asset = assetOf(facts, blob);
    this.records.add(asset, blob.id);
    return asset;
  }

  /**
   * An asset over bytes that came in; the same bytes are not kept twice. `alongside` comes before the
   * record, and both or none of it are written.
   *
   * @throws NoRoomError `asset.no_room`
   */
  async addReceived(
    facts: AssetFacts,
    received: ReceivedBytes,
    { room, alongside }: { readonly room?: Room | undefined; readonly alongside?: () => void } = {},
  ): Promise<Asset> {
    await this.forgetIfGone(received.hash);
    const known = this.records.blobOf(received.hash);
    if (known) {
      return this.records.together(() => {
        alongside?.();
        return this.addOver(facts, known);
      });
    }
    if (room && !(await room.makeRoom(received.sizeBytes))) {
      throw new NoRoomError(received.sizeBytes);
    }
    return this.addStored(facts, await this.blobs.store(received), alongside);
  }

  /**
   * An asset over a file among the blobs. When the same bytes, or the same output, were recorded
   * meanwhile, the file goes again.
   */
  async addStored(facts: AssetFacts, stored: StoredBlob, alongside?: () => void): Promise<Asset> {
    let isUsed = false;
    try {
      const { asset, blob } = this.records.together(() => {
        alongside?.();
        return this.record(facts, stored);
      });
      isUsed = blob.id === stored.id;
      return asset;
    } finally {
      if (!isUsed) await this.blobs.remove(stored.id);
    }
  }

  /** Removes assets, and the bytes that nothing refers to any more. */
  async remove(assetIds: readonly string[]): Promise<void> {
    for (const { id, modelPath } of this.records.remove(assetIds)) {
      if (modelPath === null) await this.blobs.remove(id);
    }
  }

  private record(
    facts: AssetFacts,
    stored: StoredBlob,
  ): { readonly asset: Asset; readonly blob: BlobRecord } {
    const { output } = facts;
    const kept = output && this.records.findOutput(output.jobId, output.nodeId, output.name);
    if (kept) return kept;
    const same = stored.hash === null ? undefined : this.records.blobOf(stored.hash);
    if (same) return { asset: this.addOver(facts, same), blob: same };
    const blob = { ...stored, modelPath: null };
    this.records.addBlob(blob);
    return { asset: this.addOver(facts, blob), blob };
  }

  /** Somebody may have taken the file away: its record must not stand in for new bytes. */
  private async forgetIfGone(hash: string): Promise<void> {
    const known = this.records.blobOf(hash);
    if (known && !(await this.blobs.has(known.id))) this.records.forgetBlob(known.id);
  }
}

function assetOf(facts: AssetFacts, { hash, sizeBytes }: BlobRecord): Asset {
  return { ...facts, id: randomUUID(), hash, sizeBytes };
}
