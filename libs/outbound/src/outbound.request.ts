import type { Readable } from 'node:stream';

/**
 * Who chose a URL. `operator`: it comes from the configuration, and its own origin is exempt from the
 * rules about hosts and addresses; where it redirects to another origin, it is the client's from then
 * on. `client`: anybody's, all rules apply.
 */
export type Trust = 'client' | 'operator';

/** Bytes to send; as a function when they are a stream, for a redirect may want them once more. */
export type RequestBody = string | Buffer | (() => Readable | AsyncIterable<Buffer | string>);

export interface OutboundRequest {
  /** `GET` if not said. */
  readonly method?: 'GET' | 'HEAD' | 'POST';
  /** http or https. A user in it becomes an `Authorization` header, for its own origin only. */
  readonly url: string;
  readonly trust: Trust;
  /** Those that concern the connection (`Host`, `Proxy-Authorization`, …) are not sent. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a `POST`. */
  readonly body?: RequestBody;
  /** Ends the exchange, body included; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

/** An answer whose body must be read, discarded or destroyed; the deadline does it otherwise. */
export interface OutboundResponse {
  readonly status: number;
  /** By lower-case name; repeated ones are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the last hop, without credentials. */
  readonly url: string;
  /** As it was sent. It fails with the errors of this lib, or with the reason of the signal. */
  readonly body: Readable;
  /**
   * The whole body as UTF-8.
   *
   * @throws `outbound.too_large` above `maxBytes`, and whatever ends the body early.
   */
  text(maxBytes?: number): Promise<string>;
  /** Ends the body, and keeps the connection when little is left of it. Never rejects. */
  discard(): Promise<void>;
}
