import { deflateSync } from 'node:zlib';

import { PNG_SIGNATURE, pngChunk } from '../apng/png-chunks';

type Colour = readonly [red: number, green: number, blue: number, alpha: number];

/** A frame of one colour; what is left out covers the whole picture for a tenth of a second. */
export interface FrameSketch {
  readonly colour: Colour;
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
  /** Numerator and denominator, in seconds. */
  readonly delay?: readonly [number, number];
  readonly dispose?: 0 | 1 | 2;
  readonly blend?: 0 | 1;
}

export interface ApngSketch {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly FrameSketch[];
  readonly plays?: number;
  /** A picture for readers that know no animation, which is none of the frames. */
  readonly stillPicture?: Colour;
  /** Chunks between the header and the first pixels. */
  readonly extraChunks?: readonly Buffer[];
  /** 8 bits of red, green, blue and alpha when absent. */
  readonly depth?: 8 | 16;
}

/** An animated PNG of one-coloured frames. Each frame's pixels are spread over two chunks. */
export function anApng(sketch: ApngSketch): Buffer {
  return Buffer.concat([PNG_SIGNATURE, ...apngChunks(sketch)]);
}

/** The same, before it is put together: to leave out, damage or swap chunks. */
export function apngChunks(sketch: ApngSketch): Buffer[] {
  const { width, height, frames, plays = 0, stillPicture, extraChunks = [], depth = 8 } = sketch;
  let sequence = 0;
  const header = Buffer.concat([uint32s(width, height), Buffer.from([depth, 6, 0, 0, 0])]);
  const still = stillPicture
    ? [pngChunk('IDAT', pixelsOf(stillPicture, width, height, depth))]
    : [];
  const framed = frames.flatMap((frame, index) => {
    const { left = 0, top = 0, width: wide = width, height: high = height } = frame;
    const { delay = [1, 10], dispose = 0, blend = 0 } = frame;
    const timing = Buffer.from([delay[0] >> 8, delay[0], delay[1] >> 8, delay[1], dispose, blend]);
    const control = Buffer.concat([uint32s(sequence++, wide, high, left, top), timing]);
    const pixels = pixelsOf(frame.colour, wide, high, depth);
    const halves = [pixels.subarray(0, 9), pixels.subarray(9)];
    const asStill = index === 0 && !stillPicture;
    return [
      pngChunk('fcTL', control),
      ...halves.map((half) =>
        asStill
          ? pngChunk('IDAT', half)
          : pngChunk('fdAT', Buffer.concat([uint32s(sequence++), half])),
      ),
    ];
  });
  return [
    pngChunk('IHDR', header),
    pngChunk('acTL', uint32s(frames.length, plays)),
    ...extraChunks,
    ...still,
    ...framed,
    pngChunk('IEND', Buffer.alloc(0)),
  ];
}

function pixelsOf(colour: Colour, width: number, height: number, depth: 8 | 16): Buffer {
  // 257 takes 0…255 to 0…65535: the same byte twice.
  const pixel = colour.flatMap((channel) => (depth === 8 ? [channel] : [channel, channel]));
  const row = [0, ...Array.from({ length: width }, () => pixel).flat()];
  return deflateSync(Buffer.from(Array.from({ length: height }, () => row).flat()));
}

function uint32s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
}
