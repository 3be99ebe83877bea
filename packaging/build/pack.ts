import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { Payload } from '../payload';

/** A file to carry. */
export interface SourceFile {
  /** In the payload. */
  readonly path: string;
  /** Where it is now. */
  readonly source: string;
}

/** Puts files into one payload, in their order. */
export function pack(version: string, sources: readonly SourceFile[]): Payload {
  const contents = sources.map(({ source }) => readFileSync(source));
  const files = sources.map(({ path }, at) => ({ path, bytes: contents[at]?.length ?? 0 }));
  const content = Buffer.concat(contents);
  const hash = createHash('sha256').update(JSON.stringify(files)).update(content).digest('hex');
  return { index: { version, hash, files }, content: () => content };
}
