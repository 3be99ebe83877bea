import { createHash, type Hash } from 'node:crypto';

/** A short hash of values of any shape: equal content gives an equal digest, key order aside. */
export function digestOf(...parts: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const part of parts) feed(hash, part);
  return hash.digest('hex').slice(0, 32);
}

function feed(hash: Hash, value: unknown): void {
  if (Buffer.isBuffer(value)) {
    hash.update(`bytes ${value.length};`).update(value);
  } else if (Array.isArray(value)) {
    hash.update(`list ${value.length};`);
    for (const item of value) feed(hash, item);
  } else if (typeof value === 'object' && value !== null) {
    if (hasDigest(value)) hash.update(`digest ${value.digest};`);
    else feedObject(hash, value);
  } else {
    hash.update(`${typeof value} ${String(value)};`);
  }
}

function feedObject(hash: Hash, value: object): void {
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  hash.update(`object ${entries.length};`);
  for (const [key, item] of entries) {
    hash.update(`${key}=`);
    feed(hash, item);
  }
}

function hasDigest(value: object): value is { readonly digest: string } {
  return 'digest' in value && typeof value.digest === 'string';
}
