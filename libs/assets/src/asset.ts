import type { Readable } from 'node:stream';

import type { OutputType } from '@gateway/jobs';

/** A record over bytes that never change. Times are milliseconds since the epoch. */
export interface Asset {
  /** UUID. */
  readonly id: string;
  readonly ownerId: string;
  /** `blake3:<64 hex digits>`; `null` while it was not computed yet. */
  readonly hash: string | null;
  readonly sizeBytes: number;
  readonly contentType: string;
  /** `photo.png`, `models/checkpoints/x.safetensors`: a name for people and nodes, no path of ours. */
  readonly filePath: string | null;
  readonly tags: readonly string[];
  readonly createdAt: number;
  /** `null`: it is kept until somebody removes it. */
  readonly expiresAt: number | null;
  /** What made it; `null`: somebody brought it. */
  readonly output: OutputOrigin | null;
}

/** Which output of which job an asset is. */
export interface OutputOrigin {
  readonly jobId: string;
  readonly nodeId: string;
  /** Unique within its node. */
  readonly name: string;
  readonly type: OutputType;
  /** Where its node stands in the graph; outputs of one node follow in the order they were kept. */
  readonly position: number;
}

/** What an upload says about its bytes. */
export interface AssetFields {
  readonly contentType: string;
  readonly filePath: string;
  readonly tags?: readonly string[] | undefined;
  /** Instead of the default retention. */
  readonly expiresInS?: number | undefined;
  /** What the bytes should be, `blake3:<hex>`. */
  readonly expectedHash?: string | undefined;
}

/** An asset over bytes that are here already. */
export interface MintFields {
  readonly hash: string;
  /** That of the asset which the bytes are known by, if absent. */
  readonly filePath?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly expiresInS?: number | undefined;
}

/** An output to be kept. Kept twice (same job, node and name), it is the same asset. */
export interface OutputFields extends OutputOrigin {
  readonly ownerId: string;
  readonly contentType: string;
}

/** Where an output's bytes are. A file stays where it is; within one file system no byte is copied. */
export type OutputSource =
  { readonly path: string } | { readonly stream: Readable } | { readonly text: string };

export interface MintedAsset {
  readonly asset: Asset;
  /** Whether the owner had no asset over these bytes before. */
  readonly areBytesNew: boolean;
  /** `false`: it was there already, the same in all. */
  readonly isMinted: boolean;
}

/** Positions of the first and the last byte, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}
