import type { Readable } from 'node:stream';

import type { KeptFiles, KeptUpload } from '@gateway/jobs';
import { systemClock, type Clock } from '@gateway/kernel';

import type {
  Asset,
  AssetFields,
  MintedAsset,
  MintFields,
  OutputFields,
  OutputSource,
} from './asset';
import { AssetRecords, type AssetRecord } from './asset.records';
import { AssetShelf, type Room } from './asset.shelf';
import { AssetInUseError, AssetNotFoundError } from './assets.errors';
import type { AssetsOptions } from './assets.module-definition';
import { BlobFolder } from './blob.folder';
import { hashFile } from './blob-hash';
import { BlobHasher } from './blob.hasher';
import { ModelFolder } from './models/model.folder';
import { ModelShelf } from './models/model.shelf';
import { openAsset, type OpenedAsset } from './opened-asset';
import { OutputKeeper } from './output.keeper';
import { sweep } from './start.sweep';
import { UploadDesk, type Upload } from './upload.desk';

/** Keeps files for clients and jobs: a record each, over bytes that many records may share. */
export class AssetService implements KeptFiles {
  private readonly clock: Clock;
  private readonly shelf: AssetShelf;
  private readonly desk: UploadDesk;
  private readonly outputs: OutputKeeper;
  private readonly hasher: BlobHasher;
  private cancelRound: () => void = () => undefined;
  private round: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(private readonly options: AssetsOptions) {
    const { database, blobDir, models, log, clock = systemClock } = options;
    const records = new AssetRecords(database);
    const blobs = new BlobFolder(blobDir);
    const folder = new ModelFolder({ ...models, author: blobs.root });
    this.clock = clock;
    this.shelf = new AssetShelf(records, blobs, folder);
    this.hasher = new BlobHasher((id, signal) => this.hash(id, signal), log);
    this.outputs = new OutputKeeper(this.shelf, this.hasher, clock);
    const modelShelf = new ModelShelf(records, folder, models.areAllowed);
    this.desk = new UploadDesk(this.shelf, modelShelf, options, clock);
  }

  /**
   * Before anything else: makes the folder, removes what a crash left over and what has expired, and
   * begins to compute the hashes that are not known.
   */
  async start(): Promise<void> {
    const { records, blobs } = this.shelf;
    await blobs.prepare();
    await sweep(this.shelf, this.options.log);
    await this.removeExpired(this.clock.now());
    this.scheduleRound();
    this.hasher.add(...records.unhashed());
  }

  /** Gives up the hash under way; the next life computes it. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.cancelRound();
    await Promise.all([this.round, this.hasher.stop()]);
  }

  /** Resolves when every hash is known. */
  async drain(): Promise<void> {
    await this.hasher.drain();
  }

  /**
   * Takes in the bytes of an upload before its fields are known. The stream goes to disk while it is
   * hashed, and leaves nothing when it breaks off.
   *
   * @throws AssetTooLargeError `asset.too_large`
   * @throws StateUnavailableError `state.unavailable`: the disk is full
   */
  receive(bytes: Readable): Promise<Upload> {
    return this.desk.receive(bytes);
  }

  /** {@link receive}, then {@link Upload.keep}. */
  async upload(ownerId: string, bytes: Readable, fields: AssetFields): Promise<MintedAsset> {
    return (await this.desk.receive(bytes)).keep(ownerId, fields);
  }

  /**
   * An asset over bytes that the owner has already. One that is the same in all is given back, with
   * the later of both expiries.
   *
   * @throws BlobNotFoundError `asset.blob_not_found`
   * @throws what {@link Upload.keep} throws of names and models
   */
  mintFromHash(ownerId: string, fields: MintFields): Promise<MintedAsset> {
    return this.desk.mint(ownerId, fields);
  }

  /** Whether {@link mintFromHash} would find the bytes. */
  hasBlob(ownerId: string, hash: string): boolean {
    return this.desk.known(hash, ownerId).length > 0;
  }

  /** @throws AssetNotFoundError `asset.not_found` */
  get(ownerId: string, id: string): Asset {
    return this.find(ownerId, id).asset;
  }

  /**
   * @throws AssetNotFoundError `asset.not_found`
   * @throws AssetDamagedError `asset.damaged`
   */
  async open(ownerId: string, id: string): Promise<OpenedAsset> {
    const { asset, blob } = this.find(ownerId, id);
    return openAsset(asset, this.shelf.pathOf(blob));
  }

  /**
   * Removes an asset; its bytes go with the last one over them. A model stays in its folder.
   *
   * @throws AssetNotFoundError `asset.not_found`
   * @throws AssetInUseError `asset.in_use`: an output of a job, or held by one
   */
  async delete(ownerId: string, id: string): Promise<void> {
    const { asset } = this.find(ownerId, id);
    if (asset.output || this.shelf.records.isHeld(id)) throw new AssetInUseError(id);
    await this.shelf.remove([id]);
  }

  /**
   * Until {@link release}, these are neither deleted nor do they expire: a job needs them.
   *
   * @throws AssetNotFoundError `asset.not_found`; then none is held.
   */
  hold(jobId: string, ownerId: string, assetIds: readonly string[]): void {
    this.shelf.records.together(() => {
      for (const id of assetIds) {
        this.find(ownerId, id);
        this.shelf.records.hold(jobId, id);
      }
    });
  }

  /** The job needs its assets no more. */
  release(jobId: string): void {
    this.shelf.records.release(jobId);
  }

  /** Jobs for which something is held. */
  holders(): readonly string[] {
    return this.shelf.records.holders();
  }

  /**
   * Keeps an output until {@link removeOutputsOf}. Done again (same job, node and name), it gives the
   * same asset: however a crash falls between, no bytes are lost or kept twice.
   *
   * @throws OutputUnreadableError `asset.output_unreadable`
   * @throws StateUnavailableError `state.unavailable`
   */
  keepOutput(fields: OutputFields, source: OutputSource): Promise<Asset> {
    return this.outputs.keep(fields, source);
  }

  /** The outputs of a job that are kept, in the order of their positions. */
  outputsOf(jobId: string): readonly Asset[] {
    return this.outputs.of(jobId);
  }

  /** {@link outputsOf} each of these jobs; those without outputs are not in it. */
  outputsOfAll(jobIds: readonly string[]): ReadonlyMap<string, readonly Asset[]> {
    return this.outputs.ofAll(jobIds);
  }

  /** Removes them with their bytes; nothing else can, for a job's outputs are in use. */
  async removeOutputsOf(jobId: string): Promise<void> {
    await this.outputs.removeOf(jobId);
  }

  /** From now on uploads are kept only as far as there is room for them. */
  limitUploads(room: Room): void {
    this.desk.room = room;
  }

  outputBytesOf(jobId: string): number {
    return this.shelf.records.outputBytesOf(jobId);
  }

  /** Files that clients brought and that no job needs now, the oldest first; no models. */
  oldestUploads(limit: number): readonly KeptUpload[] {
    return this.shelf.records.oldestUploads(limit);
  }

  /** Removes one of {@link oldestUploads}, unless a job needs it by now. */
  async evictUpload(id: string): Promise<void> {
    if (!this.shelf.records.isHeld(id)) await this.shelf.remove([id]);
  }

  /** Done once a minute by itself. @returns how many were removed. */
  async removeExpired(now: number): Promise<number> {
    let removed = 0;
    for (;;) {
      const ids = this.shelf.records.expired(now);
      if (ids.length === 0) return removed;
      await this.shelf.remove(ids);
      removed += ids.length;
    }
  }

  /** Bytes of all blobs; models are the engine's. */
  totalBytes(): number {
    return this.shelf.records.totalBytes();
  }

  private find(ownerId: string, id: string): AssetRecord {
    const found = this.shelf.records.find(id, this.clock.now());
    if (found?.asset.ownerId !== ownerId) throw new AssetNotFoundError(id);
    return found;
  }

  private async hash(blobId: string, signal: AbortSignal): Promise<void> {
    // It may have gone before its turn came.
    if (!this.shelf.records.hasBlob(blobId)) return;
    const hash = await hashFile(this.shelf.blobs.pathOf(blobId), signal);
    this.shelf.records.setHash(blobId, hash);
  }

  private scheduleRound(): void {
    this.cancelRound = this.clock.schedule(ROUND_MS, () => {
      this.round = this.removeExpired(this.clock.now())
        .catch((error: unknown) => {
          this.options.log.error({ err: error }, 'expired assets could not be removed');
        })
        .then(() => {
          if (!this.isStopped) this.scheduleRound();
        });
    });
  }
}

const ROUND_MS = 60_000;
