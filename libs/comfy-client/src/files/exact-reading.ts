import type { FileHandle } from 'node:fs/promises';
import { pipeline, Readable, Transform } from 'node:stream';

import { OutputChangedError } from '../comfy-client.errors';

/**
 * Reads an open file from its beginning, and closes it. A small one is one read.
 *
 * The stream fails with OutputChangedError (`comfy.output_changed`) when the file has not that size.
 */
export function readExactly(handle: FileHandle, sizeBytes: number): Readable {
  return sizeBytes > ONE_READ_BYTES
    ? exactly(sizeBytes, handle.createReadStream({ highWaterMark: READ_CHUNK_BYTES }))
    : Readable.from(readAtOnce(handle, sizeBytes), { objectMode: false });
}

/** Passes on `sizeBytes` bytes, no more and no less; a part must not be taken for the whole. */
export function exactly(sizeBytes: number, bytes: Readable): Readable {
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

/** A file that has grown is noticed by asking for more than there should be. */
async function* readAtOnce(handle: FileHandle, sizeBytes: number): AsyncGenerator<Buffer> {
  try {
    const space = Buffer.allocUnsafe(sizeBytes + 1);
    const { bytesRead } = await handle.read(space, 0, space.length, 0);
    if (bytesRead !== sizeBytes) throw new OutputChangedError(sizeBytes, bytesRead);
    if (bytesRead > 0) yield space.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

const ONE_READ_BYTES = 256 * 1024;

/**
 * Fewer, larger reads than Node's 64 KiB; outputs are megabytes. A multiple of three, so that base64
 * leaves no rest that would have to be copied in front of the next chunk.
 */
const READ_CHUNK_BYTES = 192 * 1024;
