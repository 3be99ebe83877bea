import { pipeline, Transform, type Readable } from 'node:stream';

import { OutputChangedError } from '../comfy-client.errors';
import type { OpenedFile } from './engine-files.port';

/** An {@link OpenedFile} over something that is opened once, read once and released once. */
export function openedFile(source: {
  readonly sizeBytes: number | undefined;
  readonly contentType: string;
  readonly path?: string;
  read(): Readable;
  release(): Promise<void>;
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
      const { sizeBytes } = source;
      reader = sizeBytes === undefined ? source.read() : exactly(sizeBytes, source.read());
      return reader;
    },
    async close() {
      if (state === 'closed') return;
      const wasRead = state === 'read';
      state = 'closed';
      if (wasRead) reader?.destroy();
      else await source.release();
    },
  };
}

/** Passes on `sizeBytes` bytes, no more and no less; a part must not be taken for the whole. */
function exactly(sizeBytes: number, bytes: Readable): Readable {
  let readBytes = 0;
  const verdict = (isRight: boolean): Error | null =>
    isRight ? null : new OutputChangedError(sizeBytes, readBytes);
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      readBytes += chunk.length;
      done(verdict(readBytes <= sizeBytes), chunk);
    },
    flush(done) {
      done(verdict(readBytes === sizeBytes));
    },
  });
  // Whoever reads `counted` hears of every failure there.
  pipeline(bytes, counted, () => undefined);
  return counted;
}
