import { Readable } from 'node:stream';

import type { RequestBody } from './outbound.request';

/** The caller's stream failed; its own error is the `cause` and not a failure of the connection. */
export class RequestBodyBrokenError extends Error {
  constructor(options: { readonly cause: unknown }) {
    super('The body to be sent broke off', options);
  }
}

export interface OutgoingBody {
  readonly content: string | Buffer | Readable | null;
  /** Lets go of a stream that was not read to its end. */
  release(): void;
}

/** A body for one hop. */
export function openBody(body: RequestBody | undefined): OutgoingBody {
  if (typeof body !== 'function') return { content: body ?? null, release: () => undefined };
  const source = body();
  const content = Readable.from(telling(source), { highWaterMark: 1 });
  content.on('error', () => undefined);
  const release = (): void => {
    content.destroy();
    if (source instanceof Readable) source.destroy();
  };
  return { content, release };
}

/** Tells failures of the source, which come from its `next`, from those of whoever reads it. */
async function* telling(
  source: Readable | AsyncIterable<Buffer | string>,
): AsyncGenerator<Buffer | string, void> {
  const iterator = (source as AsyncIterable<Buffer | string>)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await iterator.next().catch((cause: unknown) => {
        throw new RequestBodyBrokenError({ cause });
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
