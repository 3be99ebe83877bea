import { DomainError } from '@gateway/kernel';
import type { JobStatus } from '@gateway/events';

export class IllegalTransitionError extends DomainError {
  readonly code = 'job.illegal_transition';

  constructor(
    readonly jobId: string,
    readonly status: JobStatus,
    readonly fact: string,
  ) {
    super(`Job ${jobId} is ${status}: "${fact}" cannot happen to it`);
  }
}

export class JobExistsError extends DomainError {
  readonly code = 'job.exists';

  constructor(readonly jobId: string) {
    super(`A job with the id "${jobId}" exists already`);
  }
}

export class JobNotFoundError extends DomainError {
  readonly code = 'job.not_found';

  constructor(readonly jobId: string) {
    super(`There is no job with the id "${jobId}"`);
  }
}

/** Somebody else changed the job since it was read. */
export class JobConflictError extends DomainError {
  readonly code = 'job.conflict';

  constructor(
    readonly jobId: string,
    readonly expectedVersion: number,
  ) {
    super(`Job ${jobId} is no longer at version ${expectedVersion}`);
  }
}

/** The queue holds as many jobs, or as many bytes, as it may. */
export class QueueFullError extends DomainError {
  readonly code = 'queue.full';

  constructor(
    readonly limit: string,
    readonly retryAfterS: number,
  ) {
    super(`The queue is full (${limit}); try again in ${retryAfterS} s`);
  }
}

/** The gateway takes no more work: it is shutting down, or its engine is gone for good. */
export class NotAcceptingError extends DomainError {
  readonly code = 'queue.closed';

  constructor(readonly reason: string) {
    super(reason);
  }
}
