export type {
  Asset,
  AssetFields,
  ByteRange,
  MintedAsset,
  MintFields,
  OutputFields,
  OutputOrigin,
  OutputSource,
} from './asset';
export { ASSET_MIGRATIONS } from './asset.migrations';
export { AssetService } from './asset.service';
export {
  AssetDamagedError,
  AssetInUseError,
  AssetNotFoundError,
  AssetTooLargeError,
  BlobNotFoundError,
  HashMismatchError,
  InvalidFilePathError,
  InvalidModelError,
  ModelExistsError,
  ModelFolderError,
  ModelsNotAllowedError,
  NoRoomError,
  OutputUnreadableError,
} from './assets.errors';
export { AssetsModule } from './assets.module';
export type { AssetsOptions } from './assets.module-definition';
export type { OpenedAsset } from './opened-asset';
export type { Upload } from './upload.desk';
