import { DomainError } from '@gateway/kernel';

/** The signing secret is not one by the Standard Webhooks specification. Never tells the secret. */
export class InvalidSecretError extends DomainError {
  readonly code = 'webhook.invalid_secret';

  constructor() {
    super(
      'The webhook secret must be base64 of at least one byte, with or without "whsec_" before it',
    );
  }
}

/** A body did not have as many bytes as were announced, or signed: a file changed meanwhile. */
export class BodyChangedError extends DomainError {
  readonly code = 'webhook.body_changed';

  constructor(
    readonly what: string,
    readonly expectedBytes: number,
  ) {
    super(`${what} no longer has ${expectedBytes} bytes`);
  }
}
