import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import sharp from 'sharp';

import { ConversionFailedError } from './media.errors';
import { formatNamed, type OutputConversion } from './output-conversion';

/** A re-encoded picture, waiting in a file of its own until it is taken. */
export interface ConvertedFile {
  readonly path: string;
  readonly filename: string;
  readonly contentType: string;
  readonly sizeBytes: number;
}

/** Only raster pictures are converted; anything else keeps its bytes. */
export function isConvertible(contentType: string): boolean {
  return contentType.startsWith('image/') && contentType !== 'image/svg+xml';
}

/**
 * Re-encodes a picture from a stream into `spoolDir`, off the event loop and without holding the
 * encoded bytes in memory. Nothing half-written stays behind.
 *
 * @throws ConversionFailedError (`output.conversion_failed`).
 */
export async function convertImage(
  source: { readonly filename: string; readonly bytes: Readable },
  conversion: OutputConversion,
  spool: { readonly dir: string; readonly name: string },
): Promise<ConvertedFile> {
  const format = formatNamed(conversion.format);
  const path = join(spool.dir, spool.name);
  const decoder = sharp({ animated: format.animated });
  try {
    const encoded = format.encode(decoder, conversion.options ?? {}).toFile(path);
    await Promise.all([encoded, pipeline(source.bytes, decoder, { end: true })]);
    const { size } = await stat(path);
    return {
      path,
      filename: withExtension(source.filename, conversion.format),
      contentType: format.contentType,
      sizeBytes: size,
    };
  } catch (error) {
    source.bytes.destroy();
    await rm(path, { force: true });
    throw new ConversionFailedError(source.filename, conversion.format, error);
  }
}

function withExtension(filename: string, extension: string): string {
  return `${filename.replace(/\.[^.]+$/, '')}.${extension}`;
}
