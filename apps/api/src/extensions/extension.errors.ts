import { DomainError } from '@gateway/kernel';

/** An extension cannot be loaded, joined or started. */
export class ExtensionError extends DomainError {
  readonly code = 'extension.failed';

  constructor(
    readonly extension: string,
    cause: unknown,
  ) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${extension} failed: ${reason}`, { cause });
  }
}
