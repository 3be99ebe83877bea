import { DomainError } from '@gateway/kernel';

/** An output could not be re-encoded; the original is never passed off as converted. */
export class ConversionFailedError extends DomainError {
  readonly code = 'output.conversion_failed';

  constructor(
    readonly filename: string,
    readonly format: string,
    cause: unknown,
  ) {
    super(`${filename} could not be converted to ${format}: ${reasonOf(cause)}`, { cause });
  }
}

/** The bytes given for an input are not what they claim to be. */
export class UnreadableInputError extends DomainError {
  readonly code = 'input.unreadable';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
