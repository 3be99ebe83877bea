import type { AssetFields, AssetService, Upload } from '@gateway/assets';
import { DomainError } from '@gateway/kernel';
import type { FastifyRequest } from 'fastify';

import { InvalidRequestError } from '../comfy-api-v2.errors';
import { invalidFields } from '../error-envelope';
import { uploadFieldsSchema } from './asset.dto';

export interface ReadForm {
  readonly upload: Upload;
  readonly fields: AssetFields;
}

/**
 * Reads the form of an upload, in whatever order its parts come: the bytes go to disk as they do.
 * Nothing is left of a form that is refused.
 *
 * @throws InvalidRequestError `request.invalid`
 * @throws what {@link AssetService.receive} throws
 */
export async function readUploadForm(
  request: FastifyRequest,
  assets: AssetService,
  maxUploadBytes: number,
): Promise<ReadForm> {
  if (!request.isMultipart()) throw new InvalidRequestError('must be multipart/form-data');
  const fields = new FormFields();
  let upload: Upload | undefined;
  try {
    // One byte more than there may be shows that there is too much.
    const limits = { ...LIMITS, fileSize: maxUploadBytes + 1 };
    for await (const part of request.parts({ limits })) {
      if (part.type === 'field') fields.add(part.fieldname, part.value, part.valueTruncated);
      else if (part.fieldname === 'file') upload = await assets.receive(part.file);
      else throw new InvalidRequestError(`${part.fieldname}: is not where the file belongs`);
    }
    if (!upload) throw new InvalidRequestError('file: is missing');
    return { upload, fields: fields.read() };
  } catch (error) {
    await upload?.discard();
    forgetRest(request);
    throw asRefusal(error);
  }
}

/** One file, and not much beside it. */
const LIMITS = { files: 1, fields: 100, fieldSize: 64 * 1024, headerPairs: 100, parts: 101 };

class FormFields {
  private readonly texts = new Map<string, string>();
  private readonly tags: string[] = [];

  add(name: string, value: unknown, isTruncated: boolean): void {
    if (isTruncated || typeof value !== 'string') {
      throw new InvalidRequestError(`${name}: is not a text of at most 64 KiB`);
    }
    if (name === 'tags') this.tags.push(value);
    else this.texts.set(name, value);
  }

  read(): AssetFields {
    const tags = this.tags.length > 0 ? { tags: this.tags } : {};
    const read = uploadFieldsSchema.safeParse({ ...Object.fromEntries(this.texts), ...tags });
    if (!read.success) throw new InvalidRequestError(...invalidFields(read.error.issues));
    const { content_type, file_path, expected_hash, expires_in } = read.data;
    return {
      contentType: content_type,
      filePath: file_path,
      tags: read.data.tags,
      expectedHash: expected_hash,
      expiresInS: expires_in,
    };
  }
}

/** What neither we nor the disk are to blame for is a form that cannot be read. */
function asRefusal(error: unknown): unknown {
  const isOurs = error instanceof DomainError || 'syscall' in (error as object);
  if (isOurs || !(error instanceof Error)) return error;
  return new InvalidRequestError(`The form cannot be read: ${error.message}`, undefined, {
    cause: error,
  });
}

/**
 * Takes what a client still sends, and forgets it: many read the answer only after they have sent all.
 * Who goes on for too long is cut off.
 */
function forgetRest({ raw }: FastifyRequest): void {
  if (raw.readableEnded || raw.destroyed) return;
  raw.unpipe();
  raw.resume();
  const timer = setTimeout(() => raw.destroy(), PATIENCE_MS);
  timer.unref();
  raw.once('close', () => clearTimeout(timer));
}

const PATIENCE_MS = 30_000;
