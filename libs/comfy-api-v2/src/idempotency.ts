import type { IdempotencyKeys } from '@gateway/state';

import { IdempotencyKeyReusedError, InvalidRequestError } from './comfy-api-v2.errors';

/**
 * Does what a request asks for, unless its key says that it was asked for before. A request that fails
 * made nothing: its key is good again.
 *
 * @throws IdempotencyKeyReusedError `request.key_reused`
 */
export async function withKey<Result>(
  keys: IdempotencyKeys,
  { ownerId, key, now }: KeyClaim,
  work: () => Promise<Result>,
): Promise<Result> {
  if (key === undefined || key === '') return work();
  if (key.length > MAX_LENGTH) {
    throw new InvalidRequestError(`Idempotency-Key must not exceed ${MAX_LENGTH} characters`);
  }
  if (!keys.claim(ownerId, key, now)) throw new IdempotencyKeyReusedError();
  try {
    return await work();
  } catch (error) {
    keys.release(ownerId, key);
    throw error;
  }
}

interface KeyClaim {
  readonly ownerId: string;
  /** The header, if there was one. */
  readonly key: string | undefined;
  readonly now: number;
}

const MAX_LENGTH = 255;
