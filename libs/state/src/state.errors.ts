import { DomainError } from '@gateway/kernel';

/** The database cannot be opened, or is none of ours: a reason not to start. */
export class StateUnusableError extends DomainError {
  readonly code = 'state.unusable';

  constructor(
    readonly file: string,
    problem: string,
    options?: { readonly cause: unknown },
  ) {
    super(`The state in ${file} cannot be used: ${problem}.`, options);
  }
}

/** The database took a write, or gave a row, no more: the disk is full, or has gone away. */
export class StateUnavailableError extends DomainError {
  readonly code = 'state.unavailable';

  constructor(
    readonly reason: string,
    options?: { readonly cause: unknown },
  ) {
    super(`The gateway's state cannot be written: ${reason}`, options);
  }
}
