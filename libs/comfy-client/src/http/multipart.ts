import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

export interface MultipartBody {
  readonly contentType: string;
  readonly body: Buffer | Readable;
}

/**
 * A `multipart/form-data` body of text fields and one file that is streamed, not held.
 *
 * The file name goes out as raw UTF-8: ComfyUI does not decode percent-encoding.
 */
export function multipart(
  fields: Readonly<Record<string, string>>,
  file: { readonly field: string; readonly filename: string; readonly bytes: Buffer | Readable },
): MultipartBody {
  const boundary = `----gateway-${randomBytes(16).toString('hex')}`;
  const texts = Object.entries(fields).map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`,
  );
  const head = Buffer.from(
    `${texts.join('')}--${boundary}\r\nContent-Disposition: form-data; name="${quoted(file.field)}"; ` +
      `filename="${quoted(file.filename)}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.isBuffer(file.bytes)
      ? Buffer.concat([head, file.bytes, tail])
      : Readable.from(inOrder(head, file.bytes, tail), { objectMode: false }),
  };
}

async function* inOrder(head: Buffer, bytes: Readable, tail: Buffer): AsyncGenerator<Buffer> {
  yield head;
  for await (const chunk of bytes) yield chunk as Buffer;
  yield tail;
}

/** A quote or line break would end the header. */
function quoted(text: string): string {
  return text.replace(/["\r\n]/g, '_');
}
