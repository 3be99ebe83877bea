import { DomainError } from '@gateway/kernel';

/** The request is not what the operation takes. */
export class InvalidRequestError extends DomainError {
  readonly code = 'request.invalid';

  constructor(
    message: string,
    readonly details?: Readonly<Record<string, unknown>>,
    options?: { readonly cause: unknown },
  ) {
    super(message, options);
  }
}

/** The `Idempotency-Key` was used before. */
export class IdempotencyKeyReusedError extends DomainError {
  readonly code = 'request.key_reused';

  constructor() {
    super('This Idempotency-Key was used before; a key is good for one request');
  }
}

/** The asset has no byte of the range that was asked for. */
export class RangeNotSatisfiableError extends DomainError {
  readonly code = 'request.range_not_satisfiable';

  constructor(readonly sizeBytes: number) {
    super(`The range lies outside of the ${sizeBytes} bytes there are`);
  }
}

export type ApiV2Error = InvalidRequestError | IdempotencyKeyReusedError | RangeNotSatisfiableError;
