import type { ApngFrame } from './apng.reader';
import type { FrameControl } from './frame-control';

/** Width and height in pixels; each has four bytes: red, green, blue and alpha. */
export interface CanvasSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Draws frames one over the other, as an animated PNG wants them
 * (https://www.w3.org/TR/png-3/#fcTL-chunk). Decoding and blending happen in sharp's threads.
 */
export class FrameCanvas {
  private pixels: Buffer;

  /** @throws Error when the picture is larger than sharp would read. */
  constructor(private readonly size: CanvasSize) {
    if (size.width * size.height > MOST_PIXELS) throw new Error('the APNG exceeds the pixel limit');
    this.pixels = Buffer.alloc(size.width * size.height * CHANNELS);
  }

  /** Gives the whole picture while the frame is shown to `show`, then disposes of the frame. */
  async draw(
    { control, png }: ApngFrame,
    show: (pixels: Buffer) => Promise<unknown>,
  ): Promise<void> {
    const before = this.pixels;
    const shown = await this.drawn(control, await decode(png));
    await show(shown);
    this.pixels = this.disposed(control, before, shown);
  }

  private async drawn(control: FrameControl, frame: Buffer): Promise<Buffer> {
    const { left, top, width, height } = control;
    if (control.blend === 'over') {
      const { default: sharp } = await import('sharp');
      return sharp(this.pixels, { raw: { ...this.size, channels: CHANNELS } })
        .composite([{ input: frame, raw: { width, height, channels: CHANNELS }, left, top }])
        .raw()
        .toBuffer();
    }
    const drawn = Buffer.from(this.pixels);
    for (const [row, start] of this.rows(control).entries()) {
      const from = row * width * CHANNELS;
      frame.copy(drawn, start, from, from + width * CHANNELS);
    }
    return drawn;
  }

  private disposed(control: FrameControl, before: Buffer, shown: Buffer): Buffer {
    switch (control.dispose) {
      case 'none':
        return shown;
      case 'previous':
        return before;
      case 'background':
        for (const start of this.rows(control)) {
          shown.fill(0, start, start + control.width * CHANNELS);
        }
        return shown;
    }
  }

  /** Where each row of the frame's region begins. */
  private rows({ left, top, height }: FrameControl): number[] {
    return Array.from(
      { length: height },
      (_row, index) => ((top + index) * this.size.width + left) * CHANNELS,
    );
  }
}

const CHANNELS = 4;
/** sharp's own limit for a picture. */
const MOST_PIXELS = 0x3fff * 0x3fff;

/** Eight bits per channel: what the animated targets have. */
async function decode(png: Buffer): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  return sharp(png).toColourspace('srgb').ensureAlpha().raw({ depth: 'uchar' }).toBuffer();
}
