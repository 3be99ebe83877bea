/** What an executable carries: the gateway's files, one behind the other. */
export interface Payload {
  readonly index: PayloadIndex;
  /** Reads and inflates all of them; tens of megabytes. */
  readonly content: () => Buffer;
}

/** Written when the executable is built, and sealed in it. */
export interface PayloadIndex {
  /** Of the gateway, as in package.json. */
  readonly version: string;
  /** Of the paths and the content, in hexadecimal: another payload has another one. */
  readonly hash: string;
  readonly files: readonly PayloadFile[];
}

export interface PayloadFile {
  /** Below the folder that it is unpacked into; `/` between its parts. */
  readonly path: string;
  readonly bytes: number;
}

/** The names under which an executable carries the index (JSON) and the content (gzip). */
export const PAYLOAD_ASSETS = { index: 'payload.json', content: 'payload.gz' } as const;

/** What runs the gateway, in the payload. */
export const PAYLOAD_ENTRY = 'dist/apps/api/src/main.js';
