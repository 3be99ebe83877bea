import type { Readable } from 'node:stream';

import type { OutputType } from './output-selection';

/** A file that is open, checked and converted: from here on only its delivery can fail. */
export interface PreparedFile {
  readonly kind: 'file';
  readonly nodeId: string;
  readonly type: OutputType;
  /** Path below the output folder; `sub/a.png`. */
  readonly filename: string;
  readonly contentType: string;
  readonly sizeBytes: number | undefined;
  /** The bytes; may be asked for once. */
  stream(): Readable;
  /** Lets go of an unread file. */
  close(): Promise<void>;
}

export interface PreparedText {
  readonly kind: 'text';
  readonly nodeId: string;
  readonly text: string;
}

export type PreparedOutput = PreparedFile | PreparedText;
