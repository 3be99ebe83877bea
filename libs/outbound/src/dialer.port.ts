import type { LookupAddress } from 'node:dns';

import type { buildConnector } from 'undici';

/** All addresses of a name. Rejects with an error of `node:dns`. */
export type AddressResolver = (hostname: string) => Promise<readonly LookupAddress[]>;

/**
 * Opens a connection, with TLS where the protocol wants it, to one of `addresses` and to nowhere else:
 * the host name in `target` is for the certificate only.
 */
export type Dialer = (
  target: buildConnector.Options,
  addresses: readonly LookupAddress[],
  callback: buildConnector.Callback,
) => void;
