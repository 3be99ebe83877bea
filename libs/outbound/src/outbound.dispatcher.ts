import { Agent, EnvHttpProxyAgent, Pool, type buildConnector, type Dispatcher } from 'undici';

import type { ProxyOptions } from './outbound.options';

/**
 * Kept-alive connections, made by `connect` wherever no proxy is between. The proxy's own address is
 * the operator's, so undici connects to it by itself.
 */
export function outboundDispatcher(
  connect: buildConnector.connector,
  proxy: ProxyOptions | undefined,
): Dispatcher {
  // The deadline of the exchange is the only one.
  const options = { connect, headersTimeout: 0, bodyTimeout: 0 };
  if (!proxy?.http && !proxy?.https) return new Agent(options);
  return new EnvHttpProxyAgent({
    ...options,
    // undici would read the environment in place of what is undefined.
    httpProxy: proxyUrl(proxy.http),
    httpsProxy: proxyUrl(proxy.https),
    noProxy: proxy.no ?? '',
    // Plain http is forwarded, as curl does it: many proxies allow CONNECT to port 443 only.
    proxyTunnel: false,
    clientFactory: (origin, given) =>
      new TunnelPool(origin, { ...given, headersTimeout: TUNNEL_TIMEOUT_MS }),
  });
}

/** With the scheme that everybody leaves out: `proxy.internal:3128`. */
function proxyUrl(text = ''): string {
  if (text === '') return '';
  const url = text.includes('://') ? text : `http://${text}`;
  // Its text may hold a password, which the error of `new URL` would tell.
  if (!URL.canParse(url) || !/^https?:/i.test(url)) {
    throw new Error('The address of a proxy is not an http or https URL');
  }
  return url;
}

/**
 * Connections to a proxy that opens tunnels. When a proxy hangs up on a CONNECT, undici 7.30 takes the
 * error for one of a kept-alive connection and asks again at once, without end and without noticing
 * that the request is aborted. It does not when the error is another.
 */
class TunnelPool extends Pool {
  override connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData>;
  override connect(
    options: Dispatcher.ConnectOptions,
    callback: (error: Error | null, data: Dispatcher.ConnectData) => void,
  ): void;
  override connect(
    options: Dispatcher.ConnectOptions,
    callback?: (error: Error | null, data: Dispatcher.ConnectData) => void,
  ): Promise<Dispatcher.ConnectData> | void {
    if (callback) {
      super.connect(options, callback);
      return;
    }
    return super.connect(options).catch((cause: unknown) => {
      throw new TunnelError({ cause });
    });
  }
}

/** The proxy did not open a tunnel. */
export class TunnelError extends Error {
  constructor(options: { readonly cause: unknown }) {
    super('The proxy did not open a tunnel', options);
  }
}

const TUNNEL_TIMEOUT_MS = 30_000;
