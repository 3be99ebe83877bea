import type { JsonObject, JsonValue, NodeClassInfo, NodeId, NodeUi } from '@gateway/comfy-protocol';

import type { Folders } from '../folders';

/** One node class: what `/object_info` says about it and what running it does. */
export interface NodeClass {
  /** Asked anew for each listing, because file and model lists are read from the folders. */
  readonly describe: (folders: Folders) => NodeClassInfo;
  readonly run: (inputs: NodeInputs, context: NodeContext) => Promise<NodeResult>;
  /** The class's own check of an input (see `ValidationRules.customCheck`). */
  readonly customCheck?: (
    input: string,
    value: JsonValue,
    folders: Folders,
  ) => true | string | undefined;
  /** Part of the cache key beside the literals: file hash, time; `NaN` is never cached. */
  readonly fingerprint?: (inputs: JsonObject, folders: Folders) => Promise<string | number>;
}

/** Inputs by name: literals as validated, links replaced by the value of the source's slot. */
export type NodeInputs = Readonly<Record<string, unknown>>;

export interface NodeResult {
  /** One value per output slot. */
  readonly outputs: readonly unknown[];
  /** What an output node shows: goes into `executed` and history. */
  readonly ui?: NodeUi;
}

/** The world of one running node. */
export interface NodeContext {
  readonly nodeId: NodeId;
  readonly folders: Folders;
  /** The executed graph and `extra_pnginfo`, for file metadata; `undefined` with --disable-metadata. */
  readonly metadata: { readonly prompt: JsonValue; readonly extraPnginfo: JsonObject } | undefined;
  /** Simulated milliseconds per sampler step (`--step-ms`). */
  readonly stepMs: number;
  /** Whether samplers should attach previews (`--preview-method` is not `none`). */
  readonly previews: boolean;
  /**
   * Reports progress, then rejects with an interruption if one was asked for: as in ComfyUI, each
   * report is an interrupt point.
   */
  progress(value: number, max: number, preview?: PreviewImage): Promise<void>;
  /** Progress text (binary frame type 3), broadcast to every socket. */
  sendText(text: string): void;
  /** Waits; ends early, by rejecting, when the prompt is interrupted and `interruptible` is set. */
  sleep(delayMs: number): Promise<void>;
}

/** An encoded preview. */
export interface PreviewImage {
  readonly format: 'image/jpeg' | 'image/png';
  readonly image: Buffer;
}

/** A failure a node raises, with the Python exception type a client would see. */
export class NodeError extends Error {
  constructor(
    readonly exceptionType: string,
    message: string,
  ) {
    super(message);
    this.name = 'NodeError';
  }
}
