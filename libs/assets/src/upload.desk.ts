import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';

import type { Clock } from '@gateway/kernel';

import type { Asset, AssetFields, MintedAsset, MintFields } from './asset';
import type { AssetRecord } from './asset.records';
import type { AssetFacts, AssetShelf, Room } from './asset.shelf';
import { BlobNotFoundError, HashMismatchError } from './assets.errors';
import type { ReceivedBytes } from './blob.folder';
import { expiryOf, extended } from './expiry';
import { readFilePath } from './file-path';
import type { ModelPlace, ModelShelf } from './models/model.shelf';

/** An upload whose bytes are here, while it is not said yet what they are. Keep or discard it. */
export interface Upload {
  readonly hash: string;
  readonly sizeBytes: number;
  /**
   * Makes it an asset; one that is refused leaves nothing, as if it had been discarded. What
   * `alongside` writes is written with the asset or not at all.
   *
   * @throws HashMismatchError `asset.hash_mismatch`
   * @throws InvalidFilePathError `asset.invalid_path`
   * @throws ModelsNotAllowedError `asset.models_not_allowed`
   * @throws InvalidModelError `asset.invalid_model`
   * @throws ModelExistsError `asset.model_exists`
   * @throws NoRoomError `asset.no_room`
   * @throws ModelFolderError `asset.model_folder_unusable`
   * @throws StateUnavailableError `state.unavailable`
   */
  keep(ownerId: string, fields: AssetFields, alongside?: () => void): Promise<MintedAsset>;
  /** May be called at any time. */
  discard(): Promise<void>;
}

export interface UploadRules {
  readonly maxUploadBytes: number;
  readonly defaultRetentionS: number | null;
}

/** Where clients bring bytes, or name those that they brought before. */
export class UploadDesk {
  /** Absent: there is no limit. */
  room: Room | undefined;

  constructor(
    private readonly shelf: AssetShelf,
    private readonly models: ModelShelf,
    private readonly rules: UploadRules,
    private readonly clock: Clock,
  ) {}

  async receive(bytes: Readable): Promise<Upload> {
    const received = await this.shelf.blobs.receive(bytes, this.rules.maxUploadBytes);
    const discard = (): Promise<void> => rm(received.path, { force: true });
    return {
      hash: received.hash,
      sizeBytes: received.sizeBytes,
      keep: (ownerId, fields, alongside) =>
        this.keep(ownerId, received, fields, alongside).finally(discard),
      discard,
    };
  }

  async mint(ownerId: string, fields: MintFields): Promise<MintedAsset> {
    const known = this.known(fields.hash, ownerId);
    const [newest] = known;
    if (!newest) throw new BlobNotFoundError(fields.hash);
    const { filePath = newest.asset.filePath, tags = [] } = fields;
    const namesake = known.find(({ asset }) => asset.filePath === filePath);
    const { contentType } = (namesake ?? newest).asset;
    const facts = this.facts({ ownerId, contentType, filePath, tags }, fields.expiresInS);
    const same = known.find(({ asset }) => isSame(asset, facts));
    const asset = same
      ? this.extend(same.asset, facts.expiresAt)
      : await this.addKnown(facts, namesake, newest);
    return { asset, areBytesNew: false, isMinted: same === undefined };
  }

  /** The owner's assets over those bytes, the newest first. */
  known(hash: string, ownerId: string): readonly AssetRecord[] {
    return this.shelf.records.over(hash, ownerId, this.clock.now());
  }

  private async keep(
    ownerId: string,
    received: ReceivedBytes,
    { contentType, filePath, tags = [], expiresInS, expectedHash }: AssetFields,
    alongside?: () => void,
  ): Promise<MintedAsset> {
    const place = readFilePath(filePath);
    if (expectedHash !== undefined && expectedHash.toLowerCase() !== received.hash) {
      throw new HashMismatchError(expectedHash, received.hash);
    }
    const facts = this.facts({ ownerId, contentType, filePath, tags }, expiresInS);
    let areBytesNew = false;
    // Others may bring the same bytes meanwhile: who is first shows when the record is written.
    const before = (): void => {
      areBytesNew = this.known(received.hash, ownerId).length === 0;
      alongside?.();
    };
    const asset =
      place.kind === 'asset'
        ? await this.shelf.addReceived(facts, received, { room: this.room, alongside: before })
        : await this.addModel(facts, received, place, 'move', before);
    return { asset, areBytesNew, isMinted: true };
  }

  /** A model is copied to where it is to be; other names are only names. */
  private async addKnown(
    facts: AssetFacts,
    namesake: AssetRecord | undefined,
    { asset, blob }: AssetRecord,
  ): Promise<Asset> {
    if (namesake) return this.shelf.addOver(facts, namesake.blob);
    const place = facts.filePath === null ? undefined : readFilePath(facts.filePath);
    if (place?.kind !== 'model') return this.shelf.addOver(facts, blob);
    const { hash, sizeBytes } = asset;
    const bytes = { path: this.shelf.pathOf(blob), sizeBytes, hash: hash ?? '' };
    return this.addModel(facts, bytes, place, 'copy');
  }

  private async addModel(
    facts: AssetFacts,
    bytes: ReceivedBytes,
    place: ModelPlace,
    take: 'move' | 'copy',
    before: () => void = () => undefined,
  ): Promise<Asset> {
    await this.models.place(bytes, place, take);
    const { records } = this.shelf;
    return records.together(() => {
      before();
      return this.shelf.addOver(facts, this.models.record(bytes, place));
    });
  }

  private extend(asset: Asset, wanted: number | null): Asset {
    const expiresAt = extended(asset.expiresAt, wanted);
    this.shelf.records.setExpiry(asset.id, expiresAt);
    return { ...asset, expiresAt };
  }

  private facts(
    given: Pick<AssetFacts, 'ownerId' | 'contentType' | 'filePath' | 'tags'>,
    expiresInS: number | undefined,
  ): AssetFacts {
    const createdAt = this.clock.now();
    const expiresAt = expiryOf(createdAt, expiresInS, this.rules.defaultRetentionS);
    return { ...given, createdAt, expiresAt, output: null };
  }
}

/** The same reference to the same bytes. An output belongs to its job and is nobody else's. */
function isSame(asset: Asset, { filePath, tags }: AssetFacts): boolean {
  if (asset.output || asset.filePath !== filePath) return false;
  return JSON.stringify([...asset.tags].sort()) === JSON.stringify([...tags].sort());
}
