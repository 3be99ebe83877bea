import { link, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { writeNewFile } from '@gateway/kernel';

import type { OutputFormat } from './formats/output-format';
import { withoutAbsent } from './formats/shared-options';
import { ConversionFailedError } from './media.errors';
import type { OutputConversion } from './output-conversion';
import type { OutputFormats } from './output-formats';
import { openPicture, withTiming } from './source.picture';

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

export interface PictureSource {
  readonly filename: string;
  /** Its bytes; asked for where there is no file of them that can be linked. */
  stream(): Readable;
  /** The same bytes as a file that nobody writes to. */
  readonly path?: string | undefined;
}

/**
 * Re-encodes a picture into the file `spool.name` of the folder `spool.dir`, off the event loop. The
 * source is a file there, too, by a link or a copy: what is streamed into sharp, it gathers in memory.
 * Nothing else, and nothing half-written, stays behind.
 *
 * @throws ConversionFailedError (`output.conversion_failed`).
 */
export async function convertImage(
  source: PictureSource,
  conversion: OutputConversion,
  spool: { readonly dir: string; readonly name: string },
  formats: OutputFormats,
): Promise<ConvertedFile> {
  const path = join(spool.dir, spool.name);
  try {
    const format = formats.named(conversion.format);
    const { options = {} } = conversion;
    await inWorkDir(path, (dir) => convertInto(path, dir, source, format, options));
    const { size } = await stat(path);
    return {
      path,
      filename: withExtension(source.filename, conversion.format),
      contentType: format.contentType,
      sizeBytes: size,
    };
  } catch (error) {
    await rm(path, { force: true });
    throw new ConversionFailedError(source.filename, conversion.format, error);
  }
}

/** A folder beside the result, of a name nobody had: libvips remembers pictures by their path. */
async function inWorkDir(path: string, work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(`${path}-`);
  try {
    await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function convertInto(
  path: string,
  workDir: string,
  source: PictureSource,
  format: OutputFormat,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const original = join(workDir, 'original');
  if (!(await isLinked(source.path, original))) {
    await writeNewFile(original, (file) => pipeline(source.stream(), file));
  }
  const { image, timing } = await openPicture(original, workDir, {
    animated: format.animated ?? false,
    deep: format.isDeep?.(options) ?? false,
  });
  const asked = withoutAbsent(options);
  const encoded = await format.encode(image, timing ? withTiming(asked, timing) : asked);
  if (encoded instanceof Uint8Array) await writeFile(path, encoded);
  else await encoded.toFile(path);
}

async function isLinked(path: string | undefined, target: string): Promise<boolean> {
  if (path === undefined) return false;
  return link(path, target).then(
    () => true,
    () => false,
  );
}

function withExtension(filename: string, extension: string): string {
  return `${filename.replace(/\.[^.]+$/, '')}.${extension}`;
}
