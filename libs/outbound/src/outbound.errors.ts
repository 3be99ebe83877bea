import { DomainError } from '@gateway/kernel';

/**
 * Messages are read behind `Input "image" of node 1 cannot be fetched: `. Of a URL they tell the
 * scheme, host and port: its user, its query and often its path (webhooks) are secrets of somebody.
 */
abstract class OutboundError extends DomainError {
  /** `https://files.example.com:8443`; `undefined` when there is none in the text. */
  readonly origin: string | undefined;

  constructor(url: string, describe: (place: string) => string, options?: { cause?: unknown }) {
    const origin = originOf(url);
    super(describe(origin ?? 'the address'), options);
    this.origin = origin;
  }
}

/** The URL, or one that it redirects to, must not be followed: its scheme, host or address. */
export class UrlForbiddenError extends OutboundError {
  readonly code = 'outbound.forbidden';

  constructor(
    url: string,
    /** For people, without secrets: `10.0.0.1 is a private address`. */
    readonly reason: string,
  ) {
    super(url, () => reason);
  }
}

/** It redirects in a circle, or further than anybody should follow. */
export class TooManyRedirectsError extends OutboundError {
  readonly code = 'outbound.too_many_redirects';

  constructor(
    url: string,
    readonly maxRedirects: number,
  ) {
    super(url, (place) => `${place} redirects more than ${maxRedirects} times`);
  }
}

/** The answer is larger than the request allows, by its own account or by its bytes. */
export class AnswerTooLargeError extends OutboundError {
  readonly code = 'outbound.too_large';

  constructor(
    url: string,
    readonly maxBytes: number,
  ) {
    super(url, (place) => `what ${place} sends is larger than ${maxBytes} bytes`);
  }
}

/** The exchange, its body included, was not over in time. */
export class OutboundTimedOutError extends OutboundError {
  readonly code = 'outbound.timed_out';

  constructor(
    url: string,
    readonly timeoutMs: number,
  ) {
    super(url, (place) => `${place} took longer than ${timeoutMs} ms`);
  }
}

/** No answer came, or it broke off. The failure underneath is the `cause`. */
export class UrlUnreachableError extends OutboundError {
  readonly code = 'outbound.unreachable';

  constructor(
    url: string,
    /** In plain words: `the connection was refused`. */
    readonly reason: string,
    options?: { readonly cause?: unknown },
  ) {
    super(url, (place) => `${place} cannot be reached: ${reason}`, options);
  }
}

/** Somebody answered, but not with what was asked for. */
export class BadStatusError extends OutboundError {
  readonly code = 'outbound.bad_status';

  constructor(
    url: string,
    readonly status: number,
  ) {
    super(url, (place) => `${place} answered with status ${status}`);
  }
}

function originOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { origin } = new URL(url);
  // What URLs without a host have, such as `data:`.
  return origin === 'null' ? undefined : origin;
}
