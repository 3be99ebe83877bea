import { DomainError } from '@gateway/kernel';

/**
 * Why: another process has it, its file is broken, a newer gateway has written it, or it cannot be
 * got at (rights, room, a path that leads nowhere).
 */
export type StateUnusableCode = 'state.in_use' | 'state.damaged' | 'state.newer' | 'state.unusable';

/** The database cannot be opened, or is none of ours: a reason not to start. */
export class StateUnusableError extends DomainError {
  constructor(
    readonly code: StateUnusableCode,
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
    /** What it would have been when the database was opened. */
    readonly unusable: StateUnusableCode = 'state.unusable',
  ) {
    super(`The gateway's state cannot be used: ${reason}`, options);
  }
}
