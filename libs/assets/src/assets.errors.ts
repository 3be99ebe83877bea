import { DomainError } from '@gateway/kernel';

/** There is none, it has expired, or it is somebody else's: which, is not told. */
export class AssetNotFoundError extends DomainError {
  readonly code = 'asset.not_found';

  constructor(readonly assetId: string) {
    super(`There is no asset with the id "${assetId}"`);
  }
}

/** No bytes of that hash that the owner may use. */
export class BlobNotFoundError extends DomainError {
  readonly code = 'asset.blob_not_found';

  constructor(readonly hash: string) {
    super(`There are no bytes with the hash "${hash}"`);
  }
}

export class HashMismatchError extends DomainError {
  readonly code = 'asset.hash_mismatch';

  constructor(
    readonly expected: string,
    readonly actual: string,
  ) {
    super(`The bytes hash to ${actual}, not to ${expected}`);
  }
}

/** Something depends on the asset; what, is not told. */
export class AssetInUseError extends DomainError {
  readonly code = 'asset.in_use';

  constructor(readonly assetId: string) {
    super(`The asset "${assetId}" is in use`);
  }
}

export class AssetTooLargeError extends DomainError {
  readonly code = 'asset.too_large';

  constructor(readonly maxBytes: number) {
    super(`The file is larger than ${maxBytes} bytes`);
  }
}

/** Beside what jobs need there is no room for it, whatever else goes. */
export class NoRoomError extends DomainError {
  readonly code = 'asset.no_room';

  constructor(readonly sizeBytes: number) {
    super(`There is no room for a file of ${sizeBytes} bytes: what may be kept is taken by jobs`);
  }
}

/** A `file_path` that names no file, or one outside. */
export class InvalidFilePathError extends DomainError {
  readonly code = 'asset.invalid_path';

  constructor(
    readonly filePath: string,
    problem: string,
  ) {
    super(`file_path ${JSON.stringify(filePath)} ${problem}`);
  }
}

export class ModelsNotAllowedError extends DomainError {
  readonly code = 'asset.models_not_allowed';

  constructor() {
    super('Uploads into model folders are not allowed here');
  }
}

/** Bytes that are no whole safetensors file. */
export class InvalidModelError extends DomainError {
  readonly code = 'asset.invalid_model';

  constructor(readonly problem: string) {
    super(`The file is no safetensors model: ${problem}`);
  }
}

/** Another model has that name. Models are never overwritten. */
export class ModelExistsError extends DomainError {
  readonly code = 'asset.model_exists';

  constructor(readonly filePath: string) {
    super(`There is another model at ${filePath}`);
  }
}

/** The engine's model folder is not there, or takes nothing. */
export class ModelFolderError extends DomainError {
  readonly code = 'asset.model_folder_unusable';

  constructor(
    readonly reason: string,
    options?: { readonly cause: unknown },
  ) {
    super(`No model can be put into the model folder: ${reason}`, options);
  }
}

/** An output that was to be kept is gone, or no file. */
export class OutputUnreadableError extends DomainError {
  readonly code = 'asset.output_unreadable';

  constructor(
    readonly path: string,
    options?: { readonly cause: unknown },
  ) {
    super(`The output ${path} cannot be read`, options);
  }
}

/** The file of an asset is gone, or is not what it was: somebody changed it behind our back. */
export class AssetDamagedError extends DomainError {
  readonly code = 'asset.damaged';

  constructor(
    readonly assetId: string,
    options?: { readonly cause: unknown },
  ) {
    super(`The bytes of the asset "${assetId}" are gone or changed`, options);
  }
}
