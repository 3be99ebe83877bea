import { TunnelError } from './outbound.dispatcher';

/** Why nobody could be asked, in plain words. Never holds anything of a URL. */
export function reasonOf(failure: unknown): string {
  if (failure instanceof TunnelError) return `through the proxy, ${reasonOf(failure.cause)}`;
  const code = codeOf(failure);
  if (code === undefined) return 'the connection failed';
  if (code in REASONS) return REASONS[code] ?? code;
  if (code.startsWith('HPE_')) return 'what came back is not HTTP';
  if (code.startsWith('ERR_SSL') || code === 'EPROTO') return 'no secure connection came about';
  if (code.includes('CERT')) return UNTRUSTED;
  return `the connection failed (${code})`;
}

function codeOf(failure: unknown): string | undefined {
  if (typeof failure !== 'object' || failure === null || !('code' in failure)) return undefined;
  return typeof failure.code === 'string' ? failure.code : undefined;
}

const UNTRUSTED = 'its certificate is not trusted';
const LOST = 'the connection was lost';
const TOO_SLOW = 'no connection came about in time';
const NO_ROUTE = 'there is no route to it';
const CLOSED = 'the gateway is shutting down';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the name was not found',
  ENODATA: 'the name was not found',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  EADDRNOTAVAIL: NO_ROUTE,
  ETIMEDOUT: TOO_SLOW,
  UND_ERR_CONNECT_TIMEOUT: TOO_SLOW,
  ECONNRESET: LOST,
  EPIPE: LOST,
  UND_ERR_SOCKET: LOST,
  UND_ERR_HEADERS_TIMEOUT: 'no answer came in time',
  UND_ERR_ABORTED: 'the proxy refused to connect',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: LOST,
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'the body to be sent has another length than announced',
  UND_ERR_INVALID_ARG: 'the request, or the password of the proxy, is not valid',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too large',
  UND_ERR_DESTROYED: CLOSED,
  UND_ERR_CLOSED: CLOSED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  ERR_STREAM_PREMATURE_CLOSE: LOST,
};
