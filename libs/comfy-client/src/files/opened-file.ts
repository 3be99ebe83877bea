import type { Readable } from 'node:stream';

import type { OpenedFile } from './engine-files.port';

/** An {@link OpenedFile} over something that is opened once, read once and released once. */
export function openedFile(source: {
  readonly sizeBytes: number | undefined;
  readonly contentType: string;
  readonly path?: string;
  /** Fails when it is not `sizeBytes` long. */
  read(): Readable;
  release(): void;
}): OpenedFile {
  let state: 'untouched' | 'read' | 'closed' = 'untouched';
  let reader: Readable | undefined;
  return {
    sizeBytes: source.sizeBytes,
    contentType: source.contentType,
    ...(source.path !== undefined && { path: source.path }),
    stream() {
      if (state !== 'untouched') throw new Error('An opened file can be read only once');
      state = 'read';
      reader = source.read();
      return reader;
    },
    close() {
      if (state === 'untouched') source.release();
      else reader?.destroy();
      state = 'closed';
    },
  };
}
