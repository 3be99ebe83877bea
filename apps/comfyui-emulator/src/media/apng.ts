import { encodePng, PNG_SIGNATURE, pngChunk, readPngChunks, textChunks, type PngText } from './png';
import { mapFrames, type Frames } from './pixels';

/** An animated PNG that shows each frame for `1 / fps` seconds, over and over. */
export async function encodeApng(
  images: Frames,
  options: { readonly fps: number; readonly compressionLevel: number; readonly text?: PngText },
): Promise<Buffer> {
  const { fps, compressionLevel, text = {} } = options;
  const encoded = await mapFrames(images.frames, (frame) =>
    encodePng(images, frame, { compressionLevel }),
  );
  const [header] = readPngChunks(encoded[0] ?? Buffer.alloc(0));
  const delayMs = Math.max(1, Math.trunc(1000 / fps));
  let sequence = 0;
  const frames = encoded.flatMap((png, index) => {
    const control = pngChunk('fcTL', frameControl(images, sequence++, delayMs));
    const pixels = readPngChunks(png).filter(({ type }) => type === 'IDAT');
    // The first frame doubles as the still picture.
    const chunks = pixels.map(({ data }) =>
      index === 0 ? pngChunk('IDAT', data) : pngChunk('fdAT', numbered(sequence++, data)),
    );
    return [control, ...chunks];
  });
  return Buffer.concat([
    PNG_SIGNATURE,
    pngChunk('IHDR', header?.data ?? Buffer.alloc(0)),
    pngChunk('acTL', uint32s(encoded.length, 0)),
    ...textChunks(text),
    ...frames,
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function frameControl({ width, height }: Frames, sequence: number, delayMs: number): Buffer {
  const milliseconds = Buffer.alloc(6);
  milliseconds.writeUInt16BE(Math.min(delayMs, 0xffff), 0);
  milliseconds.writeUInt16BE(1000, 2);
  return Buffer.concat([uint32s(sequence, width, height, 0, 0), milliseconds]);
}

function numbered(sequence: number, data: Buffer): Buffer {
  return Buffer.concat([uint32s(sequence), data]);
}

function uint32s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
}
