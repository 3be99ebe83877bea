import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';

import { buildConnector } from 'undici';

import type { AddressResolver, Dialer } from './dialer.port';

/** As every other program of this machine would resolve it, `/etc/hosts` included. */
export const systemResolver: AddressResolver = (hostname) => lookup(hostname, { all: true });

/** Several addresses are tried as Node does it, one after another without waiting long. */
export const systemDialer: Dialer = (target, addresses, callback) => {
  // One connector for each connection, since the addresses are its own. It costs TLS resumption.
  buildConnector({ lookup: answering(addresses), timeout: CONNECT_TIMEOUT_MS })(target, callback);
};

/** A lookup that has been made already. */
export function answering(addresses: readonly LookupAddress[]): LookupFunction {
  return (hostname, { all }, callback) => {
    const [first] = addresses;
    if (!first) callback(new Error(`${hostname} has no address`), '');
    else if (all) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}

const CONNECT_TIMEOUT_MS = 10_000;
