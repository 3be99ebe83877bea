import type { Readable } from 'node:stream';

/** The assets that a prompt may refer to where a file is expected. */
export interface InputAssets {
  /** `undefined`: there is none, or it is somebody else's. */
  find(id: string): FoundAsset | undefined;
  /** Until {@link release}, these stay: a job needs them. Those must be there. */
  hold(jobId: string, ids: readonly string[]): void;
  release(jobId: string): void;
  open(id: string): Promise<OpenedInput>;
}

/** A model is in the engine's folder already, and is called by its name there. */
export type FoundAsset =
  { readonly kind: 'file' } | { readonly kind: 'model'; readonly name: string };

export interface OpenedInput {
  readonly filename: string;
  readonly contentType: string;
  /** Read it, or destroy it. */
  readonly bytes: Readable;
}
