import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/** The eight bytes every PNG begins with. */
export const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** One chunk of a PNG file; its data stays in the file until it is asked for. */
export interface PngChunk {
  readonly type: string;
  readonly data: () => Promise<Buffer>;
}

/**
 * The chunks of a PNG file up to and with `IEND`, or none when the file is not a PNG.
 *
 * @throws Error when the file breaks off or a chunk's checksum is wrong.
 */
export async function* pngChunks(file: FileHandle): AsyncGenerator<PngChunk> {
  const { size } = await file.stat();
  if (size < PNG_SIGNATURE.length) return;
  if (!(await read(file, 0, PNG_SIGNATURE.length)).equals(PNG_SIGNATURE)) return;
  for (let at = PNG_SIGNATURE.length, type = ''; type !== 'IEND';) {
    if (at + FRAME_BYTES > size) throw new Error(BROKEN_OFF);
    const head = await read(file, at, 8);
    const length = head.readUInt32BE(0);
    const start = at;
    type = head.toString('latin1', 4, 8);
    at += length + FRAME_BYTES;
    if (at > size) throw new Error(BROKEN_OFF);
    yield { type, data: () => readData(file, start, length) };
  }
}

/** A chunk as it stands in a file. */
export function pngChunk(type: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(data.length + FRAME_BYTES);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return chunk;
}

/** Length, type and checksum around the data of a chunk. */
const FRAME_BYTES = 12;
const BROKEN_OFF = 'the PNG breaks off';

async function readData(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const chunk = await read(file, start + 4, length + 8);
  if (crc32(chunk.subarray(0, -4)) !== chunk.readUInt32BE(chunk.length - 4)) {
    throw new Error(`the PNG has a damaged ${chunk.toString('latin1', 0, 4)} chunk`);
  }
  return chunk.subarray(4, -4);
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new Error(BROKEN_OFF);
    filled += bytesRead;
  }
  return buffer;
}
