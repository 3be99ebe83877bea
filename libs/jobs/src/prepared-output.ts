import type { Readable } from 'node:stream';

/** What a file or text is, in the words of Comfy API v2. */
export type OutputType = 'image' | 'video' | 'audio' | 'text' | 'latent' | 'file';

/** A file that is checked and converted: from here on only its delivery can fail. */
export interface PreparedFile {
  readonly kind: 'file';
  readonly nodeId: string;
  readonly type: OutputType;
  /** Path below the output folder; `sub/a.png`. */
  readonly filename: string;
  readonly contentType: string;
  readonly sizeBytes: number | undefined;
  /** Where it lies on a disk of ours; absent: with an engine elsewhere. */
  readonly onDisk?: FileOnDisk;
  /** The bytes from the first to the last; each call reads the file anew. */
  stream(): Readable;
  /** Holds the file open no longer; the next {@link stream} opens it again. May be called twice. */
  release(): Promise<void>;
  /** As {@link release}, and gives up what was made for the delivery: nothing can be read any more. */
  close(): Promise<void>;
}

export interface FileOnDisk {
  readonly path: string;
  /** Nobody else writes to it: it may be kept by a link instead of a copy. */
  readonly isOurs: boolean;
}

export interface PreparedText {
  readonly kind: 'text';
  readonly nodeId: string;
  readonly text: string;
}

export type PreparedOutput = PreparedFile | PreparedText;
