import { isIP } from 'node:net';

import type { buildConnector } from 'undici';

import type { AddressResolver, Dialer } from './dialer.port';
import { placeOf, type Place } from './host.rules';

/** Why a connection to that place must not use that address. */
export type AddressInspection = (place: Place, address: string) => string | undefined;

/** A connection was refused; becomes an `outbound.forbidden` where the URL is known. */
export class AddressRefusedError extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

/**
 * Makes connections for undici. Every address is inspected before one of them is dialled, whether it
 * stood in the URL or came from the DNS, and the inspected ones are the only ones that are dialled: a
 * name that leads elsewhere a moment later (DNS rebinding) does no harm. A name of which any address
 * is refused is refused, since no honest one leads into the internet and into a private network.
 */
export function guardedConnector(
  inspect: AddressInspection,
  resolve: AddressResolver,
  dial: Dialer,
): buildConnector.connector {
  return (target, callback) => {
    const { hostname } = target;
    const family = isIP(hostname);
    const resolved =
      family === 0 ? resolve(hostname) : Promise.resolve([{ address: hostname, family }]);
    resolved
      .then((addresses) => {
        const place = placeOf(target);
        for (const { address } of addresses) {
          const reason = inspect(place, address);
          if (reason !== undefined) throw new AddressRefusedError(reason);
        }
        dial(target, addresses, callback);
      })
      .catch((error: unknown) => {
        callback(error as Error, null);
      });
  };
}
