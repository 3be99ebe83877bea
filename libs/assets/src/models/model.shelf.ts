import { randomUUID } from 'node:crypto';

import type { AssetRecords, BlobRecord } from '../asset.records';
import { ModelExistsError, ModelsNotAllowedError } from '../assets.errors';
import type { ReceivedBytes } from '../blob.folder';
import { hashFile } from '../blob-hash';
import { sizeOf, type ModelFolder } from './model.folder';
import { verifySafetensors } from './safetensors';

/** Where a model is to be: `<folder>/<name>` below the engine's model folder. */
export interface ModelPlace {
  readonly folder: string;
  readonly name: string;
}

/** Makes bytes a model of the engine, and writes down that they are one. */
export class ModelShelf {
  constructor(
    private readonly records: AssetRecords,
    private readonly folder: ModelFolder,
    private readonly areAllowed: boolean,
  ) {}

  /**
   * Puts a model where it is to be; {@link record} comes next. The same bytes at the same place are no
   * conflict: the model is there, whoever put it there.
   *
   * @throws ModelsNotAllowedError `asset.models_not_allowed`
   * @throws InvalidModelError `asset.invalid_model`
   * @throws ModelExistsError `asset.model_exists`
   * @throws ModelFolderError `asset.model_folder_unusable`
   */
  async place(bytes: ReceivedBytes, place: ModelPlace, take: 'move' | 'copy'): Promise<void> {
    if (!this.areAllowed) throw new ModelsNotAllowedError();
    await verifySafetensors(bytes.path);
    const modelPath = pathOf(place);
    const wasFree = await this.folder.place(bytes.path, place, take);
    if (!wasFree && !(await isSameFile(this.folder.pathOf(modelPath), bytes))) {
      throw new ModelExistsError(`models/${modelPath}`);
    }
  }

  /** The bytes at a place, for an asset over them to be added at once. */
  record({ hash, sizeBytes }: ReceivedBytes, place: ModelPlace): BlobRecord {
    const modelPath = pathOf(place);
    const known = this.records.modelAt(modelPath);
    if (known?.hash === hash) return known;
    // Somebody has replaced the model since.
    if (known) this.records.forgetBlob(known.id);
    const blob = { id: randomUUID(), hash, sizeBytes, modelPath };
    this.records.addBlob(blob);
    return blob;
  }
}

function pathOf({ folder, name }: ModelPlace): string {
  return `${folder}/${name}`;
}

async function isSameFile(path: string, { sizeBytes, hash }: ReceivedBytes): Promise<boolean> {
  return (await sizeOf(path)) === sizeBytes && (await hashFile(path)) === hash;
}
