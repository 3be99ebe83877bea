import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { Clock, Log } from '@gateway/kernel';
import type { StateDatabase } from '@gateway/state';

/** What keeping assets needs to know. */
export interface AssetsOptions {
  /** Opened with ASSET_MIGRATIONS. */
  readonly database: StateDatabase;
  /** Folder of the blobs, of this process alone; it is made if it is not there. */
  readonly blobDir: string;
  /** Seconds that an upload is kept which says nothing else; `null`: for ever. */
  readonly defaultRetentionS: number | null;
  readonly maxUploadBytes: number;
  readonly models: {
    /** Whether uploads may become models of the engine. */
    readonly areAllowed: boolean;
    /** The engine's model folder. */
    readonly dir: string;
    /** Sub-folders that take models. */
    readonly folders: readonly string[];
  };
  readonly clock?: Clock;
  readonly log: Log;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: ASSETS_OPTIONS } =
  new ConfigurableModuleBuilder<AssetsOptions>({ moduleName: 'Assets' }).build();
