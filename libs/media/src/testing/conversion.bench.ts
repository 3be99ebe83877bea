import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import sharp, { type Metadata } from 'sharp';

import { convertImage, type ConvertedFile } from '../image.converter';
import type { OutputConversion } from '../output-conversion';
import { OutputFormats } from '../output-formats';

/** A spool folder, and conversions into it. */
export class ConversionBench {
  readonly formats = new OutputFormats();

  private constructor(readonly dir: string) {}

  static async open(): Promise<ConversionBench> {
    return new ConversionBench(await mkdtemp(join(tmpdir(), 'convert-')));
  }

  convert(
    bytes: Buffer | Readable,
    conversion: OutputConversion,
    filename = 'a_00001_.png',
    path?: string,
  ): Promise<ConvertedFile> {
    const stream = bytes instanceof Readable ? bytes : Readable.from([bytes]);
    const spool = { dir: this.dir, name: 'spooled' };
    return convertImage({ filename, stream: () => stream, path }, conversion, spool, this.formats);
  }

  /** What sharp reads from the result, every frame of it. */
  async metadataOf(bytes: Buffer, conversion: OutputConversion): Promise<Metadata> {
    const { path } = await this.convert(bytes, conversion);
    // By its bytes: libvips remembers what it read under a path.
    return sharp(await readFile(path), { animated: true }).metadata();
  }

  /** The result as 8 bits of red, green, blue and alpha. */
  async pixelsOf(bytes: Buffer, conversion: OutputConversion): Promise<Buffer> {
    const { path } = await this.convert(bytes, conversion);
    return rgba(await readFile(path));
  }

  files(): Promise<string[]> {
    return readdir(this.dir);
  }

  close(): Promise<void> {
    return rm(this.dir, { recursive: true });
  }
}

/** Every frame of a picture, one below the other, as 8 bits of red, green, blue and alpha. */
export function rgba(picture: string | Buffer): Promise<Buffer> {
  return sharp(picture, { animated: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer();
}

/** The largest difference between two bytes at the same place; infinite when lengths differ. */
export function largestDifference(one: Buffer, other: Buffer): number {
  if (one.length !== other.length) return Infinity;
  return one.reduce((most, byte, at) => Math.max(most, Math.abs(byte - (other[at] ?? 0))), 0);
}
