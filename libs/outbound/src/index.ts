/** The one guarded way out: every URL the gateway follows goes through it. */
export { OutboundFetcher } from './outbound.fetcher';
export type { OutboundPorts } from './outbound.fetcher';
/** Whom it may call, and through which proxy. */
export type { OutboundOptions, ProxyOptions } from './outbound.options';
/** What is asked for, and what comes back. */
export type { OutboundRequest, OutboundResponse, RequestBody, Trust } from './outbound.request';
/** Where names and connections come from; for specs that must not leave the machine. */
export type { AddressResolver, Dialer } from './dialer.port';
/** Everything that can go wrong, by its stable code. */
export {
  AnswerTooLargeError,
  BadStatusError,
  OutboundTimedOutError,
  TooManyRedirectsError,
  UrlForbiddenError,
  UrlUnreachableError,
} from './outbound.errors';
