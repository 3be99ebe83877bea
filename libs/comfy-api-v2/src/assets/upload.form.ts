import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

import { Busboy } from '@fastify/busboy';
import type { AssetFields, AssetService, Upload } from '@gateway/assets';
import { DomainError, forgetRest } from '@gateway/kernel';

import { InvalidRequestError } from '../comfy-api-v2.errors';
import { FormFields } from './form.fields';

export interface ReadForm {
  readonly upload: Upload;
  readonly fields: AssetFields;
}

export interface UploadLimits {
  readonly maxUploadBytes: number;
  /** A form of which nothing came for this long is given up. */
  readonly stalledAfterMs: number;
  /** Aborts with what to answer when no more is read. */
  readonly signal: AbortSignal;
}

/**
 * Reads the form of an upload, in whatever order its parts come: the bytes go to disk as they do.
 * Nothing is left of a form that is refused.
 *
 * @throws InvalidRequestError `request.invalid`
 * @throws what {@link AssetService.receive} throws, or what the signal aborts with
 */
export async function readUploadForm(
  request: IncomingMessage,
  assets: AssetService,
  limits: UploadLimits,
): Promise<ReadForm> {
  const fields = new FormFields();
  let upload: Promise<Upload> | undefined;
  const signal = AbortSignal.any([limits.signal, stalling(request, limits.stalledAfterMs)]);
  try {
    signal.throwIfAborted();
    await readParts(request, limits.maxUploadBytes, signal, {
      field: (name, value, isTruncated) => fields.add(name, value, isTruncated),
      file: (name, bytes) => {
        if (name !== 'file')
          throw new InvalidRequestError(`${name}: is not where the file belongs`);
        return (upload = assets.receive(bytes));
      },
    });
    if (!upload) throw new InvalidRequestError('file: is missing');
    return { upload: await upload, fields: fields.read() };
  } catch (error) {
    forgetRest(request);
    await upload?.then((received) => received.discard()).catch(() => undefined);
    throw asRefusal(error);
  }
}

/** Aborts when nothing more comes, and the end has not come either. */
function stalling(request: IncomingMessage, afterMs: number): AbortSignal {
  const stalled = new AbortController();
  request.setTimeout(afterMs, () => {
    stalled.abort(new InvalidRequestError('The form cannot be read: nothing more of it came'));
  });
  request.once('end', () => request.setTimeout(0));
  return stalled.signal;
}

interface PartReaders {
  field(name: string, value: string, isTruncated: boolean): void;
  /** Takes the bytes; they are read to their end, or destroyed. */
  file(name: string, bytes: Readable): Promise<unknown>;
}

/** Resolves when all parts were read; rejects with the first thing that is wrong with one. */
function readParts(
  request: IncomingMessage,
  maxUploadBytes: number,
  signal: AbortSignal,
  read: PartReaders,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let bytes: Readable | undefined;
    let file: Promise<unknown> = Promise.resolve();
    const fail = (error: Error): void => {
      reject(error);
      // Who is reading them hears of it, and removes what was written.
      bytes?.destroy(error);
    };
    // One byte more than there may be shows that there is too much.
    const limits = { ...LIMITS, fileSize: maxUploadBytes + 1 };
    const headers = { ...request.headers, 'content-type': request.headers['content-type'] ?? '' };
    const parts = new Busboy({ headers, limits });
    parts.on('field', (name, value, _isNameTruncated, isTruncated) => {
      attempt(() => read.field(name, value, isTruncated), fail);
    });
    parts.on('file', (name, stream) => {
      bytes = stream;
      // Whoever reads it hears of its errors first, and knows better why.
      stream.on('error', () => undefined);
      attempt(() => {
        file = read.file(name, stream);
        file.catch(fail);
      }, fail);
    });
    for (const limit of ['filesLimit', 'fieldsLimit', 'partsLimit'] as const) {
      parts.on(limit, () => fail(new InvalidRequestError('The form has too many parts')));
    }
    parts.on('error', fail);
    parts.on('finish', () => void file.then(() => resolve(), fail));
    signal.addEventListener('abort', () => fail(signal.reason as Error), { once: true });
    request.on('close', () => {
      if (!request.readableEnded) fail(new Error('the client went away'));
    });
    request.pipe(parts);
  });
}

/** One file, and not much beside it. */
const LIMITS = { files: 1, fields: 100, fieldSize: 64 * 1024, headerPairs: 100, parts: 101 };

function attempt(work: () => void, fail: (error: Error) => void): void {
  try {
    work();
  } catch (error) {
    fail(error as Error);
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
