import { DomainError } from '@gateway/kernel';

/** The author's code threw over an input. The answer tells its words; the log has its stack. */
export class WorkflowFailedError extends DomainError {
  readonly code = 'workflow.failed';
  readonly location = 'input';
}

/** An extension's workflows could not be had. */
export class WorkflowCodeError extends DomainError {
  readonly code = 'workflow.code_failed';

  constructor(
    readonly source: string,
    reason: string,
    options?: { readonly cause: unknown },
  ) {
    super(`The workflows of ${source} could not be had: ${reason}`, options);
  }
}

/** A file of the operator's could not be loaded. */
export class ModuleFileError extends DomainError {
  readonly code = 'module.not_loaded';

  constructor(
    readonly place: string,
    readonly reason: string,
    options?: { readonly cause: unknown },
  ) {
    super(`${place} cannot be loaded: ${reason}`, options);
  }
}

/** Nothing is served at this path below `/workflows/`; the message says why, or what is near. */
export class WorkflowNotFoundError extends DomainError {
  readonly code = 'workflow.not_found';
  readonly location = 'path';
}
