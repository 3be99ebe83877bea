import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { FilePieces, giveBack } from '@gateway/kernel';
import { createBLAKE3 } from 'hash-wasm';

/** Takes bytes as they come and tells their hash at the end. */
export interface HashInProgress {
  update(bytes: Uint8Array): void;
  /** `blake3:<hex>` */
  digest(): string;
}

export async function startHash(): Promise<HashInProgress> {
  const hasher = (await createBLAKE3()).init();
  return {
    update: (bytes) => void hasher.update(bytes),
    digest: () => `blake3:${hasher.digest()}`,
  };
}

/** The hash of a file; rejects when `signal` aborts. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = await startHash();
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      giveBack(chunk);
      done();
    },
  });
  await pipeline(new FilePieces(path, { pieceBytes: CHUNK_BYTES }), sink, {
    ...(signal && { signal }),
  });
  return hash.digest();
}

/** A fraction of a millisecond of hashing: nothing else in the process waits longer for its turn. */
const CHUNK_BYTES = 128 * 1024;
