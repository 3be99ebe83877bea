/** Whom the gateway may call, and how patient it is. */
export interface OutboundOptions {
  /** Lets URLs of clients lead into private networks, to this machine, and to link-local addresses. */
  readonly allowPrivateNetworks: boolean;
  /**
   * If not empty, URLs of clients may name these hosts only: `minio.internal`, `*.example.com` (what
   * is below it, not itself), `*`; each with a `:port` if only that one is meant. A host that is named
   * in full may have a private address, because the operator has named it.
   */
  readonly allowHosts: readonly string[];
  /** Hosts, and addresses also behind other names, that URLs of clients never reach. */
  readonly denyHosts: readonly string[];
  /** Largest answer, where a request does not say otherwise. */
  readonly maxBytes: number;
  /** How long one exchange may take with its redirects and its body, where a request does not say. */
  readonly timeoutMs: number;
  readonly maxRedirects?: number;
  /** Headers that are not passed on to another origin, besides `Authorization` and `Cookie`. */
  readonly secretHeaders?: readonly string[];
  /** Sent where a request has none. */
  readonly userAgent?: string;
  readonly proxy?: ProxyOptions;
}

/**
 * The values of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`.
 *
 * What goes through a proxy is resolved by the proxy: host lists and literal addresses are checked
 * before, but not what a name leads to. Addresses of `no` are reached, and checked, as without one.
 */
export interface ProxyOptions {
  readonly http?: string | undefined;
  /** Where it is missing, undici takes the one for http. */
  readonly https?: string | undefined;
  readonly no?: string | undefined;
}

export const DEFAULTS = {
  maxRedirects: 5,
  userAgent: 'comfyui-gateway',
} as const satisfies Partial<OutboundOptions>;
