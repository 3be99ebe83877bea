import { lookup } from 'mime-types';

/** By extension; what `mime-types` does not know is bytes. */
export function contentTypeOf(filename: string): string {
  const type = lookup(filename);
  return type === false ? 'application/octet-stream' : type;
}
