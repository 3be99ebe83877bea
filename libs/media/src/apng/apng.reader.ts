import type { FileHandle } from 'node:fs/promises';

import { readFrameControl, type FrameControl } from './frame-control';
import { PNG_SIGNATURE, pngChunk, pngChunks } from './png-chunks';

/** What an animated PNG says about itself before its first frame. */
export interface ApngHeader {
  /** Pixels of the whole picture. */
  readonly width: number;
  readonly height: number;
  /** How often it is played; 0 is for ever. */
  readonly plays: number;
}

/** A frame as a PNG of its own, to be drawn where its control says. */
export interface ApngFrame {
  readonly control: FrameControl;
  readonly png: Buffer;
}

/**
 * The header of an animated PNG; nothing when the file is something else, a still PNG included.
 *
 * @throws Error when the file breaks off before its first pixels.
 */
export async function readApngHeader(file: FileHandle): Promise<ApngHeader | undefined> {
  let size = { width: 0, height: 0 };
  for await (const { type, data } of pngChunks(file)) {
    if (type === 'IDAT') return undefined;
    if (type === 'IHDR') size = readSize(await data());
    if (type === 'acTL') return { ...size, plays: (await data()).readUInt32BE(4) };
  }
  return undefined;
}

/**
 * The frames of an animated PNG, one at a time: only one frame's compressed pixels are held.
 *
 * A default image that is no frame (no `fcTL` before its `IDAT`) is passed over, as the standard
 * asks (https://www.w3.org/TR/png-3/#apng-frame-based-animation).
 *
 * @throws Error when the file is broken, or holds fewer or more frames than it says.
 */
export async function* readApngFrames(file: FileHandle): AsyncGenerator<ApngFrame> {
  const parts = new FrameParts();
  let announced = 0;
  let frames = 0;
  for await (const { type, data } of pngChunks(file)) {
    if (type === 'fcTL' || type === 'IEND') {
      const frame = parts.finish();
      if (frame) {
        frames += 1;
        yield frame;
      }
    }
    if (type === 'acTL') announced = (await data()).readUInt32BE(0);
    else if (FrameParts.uses(type)) parts.add(type, await data());
  }
  if (frames !== announced || frames === 0) {
    throw new Error(`the APNG says it has ${announced} frames and has ${frames}`);
  }
}

/** Chunks before the pixels that every frame needs to be understood. */
const SHARED = ['PLTE', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'cICP', 'sBIT'];

/** Collects the chunks of one frame after the other. */
class FrameParts {
  private header: Buffer = Buffer.alloc(0);
  private readonly shared: Buffer[] = [];
  private control: FrameControl | undefined;
  private pixels: Buffer[] = [];
  private sequence = 0;

  static uses(type: string): boolean {
    return ['IHDR', 'fcTL', 'IDAT', 'fdAT', ...SHARED].includes(type);
  }

  add(type: string, data: Buffer): void {
    switch (type) {
      case 'IHDR':
        readSize(data);
        this.header = data;
        return;
      case 'fcTL':
        this.control = this.fitting(readFrameControl(data));
        this.inSequence(this.control.sequence);
        return;
      case 'IDAT':
        if (this.control) this.pixels.push(data);
        return;
      case 'fdAT':
        this.inSequence(data.readUInt32BE(0));
        this.pixels.push(data.subarray(4));
        return;
      default:
        this.shared.push(pngChunk(type, data));
    }
  }

  finish(): ApngFrame | undefined {
    const { control, pixels } = this;
    if (!control) return undefined;
    if (pixels.length === 0) throw new Error('the APNG has a frame without pixels');
    this.pixels = [];
    const header = Buffer.from(this.header);
    header.writeUInt32BE(control.width, 0);
    header.writeUInt32BE(control.height, 4);
    const png = Buffer.concat([
      PNG_SIGNATURE,
      pngChunk('IHDR', header),
      ...this.shared,
      pngChunk('IDAT', Buffer.concat(pixels)),
      pngChunk('IEND', Buffer.alloc(0)),
    ]);
    return { control, png };
  }

  private inSequence(sequence: number): void {
    if (sequence !== this.sequence) throw new Error('the APNG has chunks out of order');
    this.sequence += 1;
  }

  private fitting(control: FrameControl): FrameControl {
    const { width, height } = readSize(this.header);
    const right = control.left + control.width;
    const bottom = control.top + control.height;
    if (control.width === 0 || control.height === 0 || right > width || bottom > height) {
      throw new Error('the APNG has a frame that reaches out of the picture');
    }
    return control;
  }
}

function readSize(header: Buffer): { readonly width: number; readonly height: number } {
  if (header.length < 13) throw new Error('the PNG has no header');
  return { width: header.readUInt32BE(0), height: header.readUInt32BE(4) };
}
