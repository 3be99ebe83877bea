/** Raw pixels and how they lie. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly pixels: Buffer;
}

/**
 * A copy of `canvas` with `source` laid over it at (`left`, `top`), cut at the edges. `cover` holds
 * one byte per source pixel: how much of it covers the canvas; all of it when absent.
 */
export function paste(
  canvas: Raster,
  source: Raster,
  left: number,
  top: number,
  cover?: Buffer,
): Raster {
  const pixels = Buffer.from(canvas.pixels);
  const columns = Math.min(source.width, canvas.width - left);
  const rows = Math.min(source.height, canvas.height - top);
  const { channels } = canvas;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const share = cover === undefined ? 1 : (cover[y * source.width + x] ?? 0) / 255;
      const to = ((top + y) * canvas.width + left + x) * channels;
      const from = (y * source.width + x) * source.channels;
      for (let channel = 0; channel < channels; channel++) {
        const above = channel < source.channels ? (source.pixels[from + channel] ?? 0) : 255;
        const below = pixels[to + channel] ?? 0;
        pixels[to + channel] = Math.round(below + (above - below) * share);
      }
    }
  }
  return { ...canvas, pixels };
}

/** A raster of one colour. */
export function plain(width: number, height: number, colour: readonly number[]): Raster {
  const pixels = Buffer.alloc(width * height * colour.length, Buffer.from(colour));
  return { width, height, channels: colour.length, pixels };
}
