export { IDEMPOTENCY_MIGRATIONS, IdempotencyKeys, type ReservedKey } from './idempotency-keys';
export type { Migration } from './migration';
export { StateDatabase, type SqlValue, type StateOptions, type Statement } from './state.database';
export { StateUnavailableError, StateUnusableError } from './state.errors';
