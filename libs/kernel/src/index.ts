export { assertNever } from './assert-never';
export { backoffDelayMs, type BackoffPolicy } from './backoff';
export { CLOCK, systemClock, type Clock } from './clock.port';
export { DomainError } from './domain-error';
export { silentLog, type Log } from './logger.port';
export { writeNewFile } from './new-file';
export { orAborted } from './or-aborted';
export { pause } from './pause';
export { within } from './within';
