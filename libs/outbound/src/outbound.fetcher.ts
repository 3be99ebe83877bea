import { systemClock, type Clock } from '@gateway/kernel';

import type { AddressResolver, Dialer } from './dialer.port';
import { Exchange, type WayOut } from './exchange';
import { guardedConnector } from './guarded.connector';
import { parseHostPattern } from './host.rules';
import { outboundDispatcher } from './outbound.dispatcher';
import { BadStatusError, UrlForbiddenError } from './outbound.errors';
import { DEFAULTS, type OutboundOptions } from './outbound.options';
import type { OutboundRequest, OutboundResponse, Trust } from './outbound.request';
import { RenewedDispatcher } from './renewed.dispatcher';
import { systemDialer, systemResolver } from './system.dialer';
import { inspectAddress, inspectUrl, NOT_A_URL, type UrlRules } from './url.inspection';

/** What touches the world; the machine's own where it is left out. */
export interface OutboundPorts {
  readonly resolve?: AddressResolver;
  readonly dial?: Dialer;
  readonly clock?: Clock;
}

/** The one guarded way out. Every URL that the gateway follows, whoever named it, goes through here. */
export class OutboundFetcher {
  private readonly way: WayOut;

  /** @throws Error when a host pattern or the address of a proxy is none. */
  constructor(
    options: OutboundOptions,
    { resolve = systemResolver, dial = systemDialer, clock = systemClock }: OutboundPorts = {},
  ) {
    const { allowPrivateNetworks, allowHosts, denyHosts, maxBytes, timeoutMs, proxy } = options;
    const rules: UrlRules = {
      allowPrivateNetworks,
      allow: allowHosts.map(parseHostPattern),
      deny: denyHosts.map(parseHostPattern),
    };
    const guarded = guardedConnector(
      (place, address) => inspectAddress(place, address, rules),
      resolve,
      dial,
    );
    const exempt = guardedConnector(() => undefined, resolve, dial);
    this.way = {
      rules,
      dispatchers: {
        client: new RenewedDispatcher(() => outboundDispatcher(guarded, proxy)),
        operator: new RenewedDispatcher(() => outboundDispatcher(exempt, proxy)),
      },
      redirects: {
        maxRedirects: options.maxRedirects ?? DEFAULTS.maxRedirects,
        secretHeaders: options.secretHeaders ?? [],
      },
      userAgent: options.userAgent ?? DEFAULTS.userAgent,
      maxBytes,
      timeoutMs,
      clock,
    };
  }

  /** Why a URL would be refused, as far as can be told at once, without asking where its name leads. */
  inspect(url: string, trust: Trust): UrlForbiddenError | undefined {
    const reason = URL.canParse(url) ? inspectUrl(new URL(url), trust, this.way.rules) : NOT_A_URL;
    return reason === undefined ? undefined : new UrlForbiddenError(url, reason);
  }

  /**
   * The answer at the end of all redirects, whatever its status.
   *
   * @throws `outbound.forbidden`, `outbound.too_many_redirects`, `outbound.too_large`,
   * `outbound.timed_out`, `outbound.unreachable`; the reason of the order's signal; or what its body
   * failed with.
   */
  async request(order: OutboundRequest): Promise<OutboundResponse> {
    order.signal?.throwIfAborted();
    return new Exchange(order, this.way).run(() => undefined);
  }

  /**
   * A `GET` that wants an answer of 200 to 299.
   *
   * @throws as `request` does, and `outbound.bad_status`.
   */
  async download(order: Omit<OutboundRequest, 'method' | 'body'>): Promise<OutboundResponse> {
    order.signal?.throwIfAborted();
    return new Exchange({ ...order, method: 'GET' }, this.way).run((url, status) =>
      status >= 200 && status < 300 ? undefined : new BadStatusError(url, status),
    );
  }

  /** Ends every connection, exchanges under way included, which fail with `outbound.unreachable`. */
  async close(): Promise<void> {
    const { client, operator } = this.way.dispatchers;
    await Promise.all([client.destroy(), operator.destroy()]);
  }
}
