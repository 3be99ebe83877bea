import { crc32 } from 'node:zlib';

import { pipeline, type Frames } from './pixels';

/** `tEXt` keyword → text (Latin-1; ComfyUI's JSON is ASCII). */
export type PngText = Readonly<Record<string, string>>;

/** Encodes one frame, with text chunks right after the header as Pillow places them. */
export async function encodePng(
  like: Omit<Frames, 'frames'>,
  frame: Buffer,
  options: { readonly compressionLevel?: number; readonly text?: PngText } = {},
): Promise<Buffer> {
  const { compressionLevel = 4, text = {} } = options;
  const png = await pipeline(like, frame).png({ compressionLevel }).toBuffer();
  return withText(png, text);
}

export interface PngChunk {
  readonly type: string;
  readonly data: Buffer;
}

export const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

export function readPngChunks(png: Buffer): PngChunk[] {
  const chunks: PngChunk[] = [];
  for (let at = PNG_SIGNATURE.length; at + 12 <= png.length;) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    chunks.push({ type, data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

export function pngChunk(type: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}

export function textChunks(text: PngText): Buffer[] {
  return Object.entries(text).map(([keyword, value]) =>
    pngChunk('tEXt', Buffer.from(`${keyword}\0${value}`, 'latin1')),
  );
}

function withText(png: Buffer, text: PngText): Buffer {
  const chunks = textChunks(text);
  if (chunks.length === 0) return png;
  const headerEnd = PNG_SIGNATURE.length + 12 + png.readUInt32BE(PNG_SIGNATURE.length);
  return Buffer.concat([png.subarray(0, headerEnd), ...chunks, png.subarray(headerEnd)]);
}
