import type { ObjectInfo } from '@gateway/comfy-protocol';

/** What is known about an engine's nodes and models. */
export interface NodeListing {
  readonly info: ObjectInfo;
  /** Model files by folder, where the engine could be asked. */
  readonly folders: Readonly<Record<string, readonly string[]>>;
  /** Where it is from, to be told: "the ComfyUI at http://127.0.0.1:8188". */
  readonly source: string;
  /** Whether its lists of models are those of an engine; the emulator's are empty. */
  readonly knowsModels: boolean;
}
