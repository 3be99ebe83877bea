import type { IdempotencyKeys } from '@gateway/state';

import { IdempotencyKeyReusedError, InvalidRequestError } from './comfy-api-v2.errors';

/**
 * Does what a request asks for, unless its key says that it was asked for before. `work` calls `keep`
 * in the transaction that writes down what comes of it: a request that is cut off before made
 * nothing, and its key is good again.
 *
 * @throws IdempotencyKeyReusedError `request.key_reused`
 */
export async function withKey<Result>(
  keys: IdempotencyKeys,
  { ownerId, key, now }: KeyClaim,
  work: (keep: () => void) => Promise<Result>,
): Promise<Result> {
  if (key === undefined || key === '') return work(() => undefined);
  if (key.length > MAX_LENGTH) {
    throw new InvalidRequestError(`Idempotency-Key must not exceed ${MAX_LENGTH} characters`);
  }
  const reserved = keys.reserve(ownerId, key, now);
  if (!reserved) throw new IdempotencyKeyReusedError();
  try {
    return await work(() => reserved.keep());
  } finally {
    reserved.release();
  }
}

interface KeyClaim {
  readonly ownerId: string;
  /** The header, if there was one. */
  readonly key: string | undefined;
  readonly now: number;
}

const MAX_LENGTH = 255;
