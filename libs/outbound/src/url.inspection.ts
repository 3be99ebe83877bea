import { isIP } from 'node:net';

import { addressesWithin, describeKind, isPrivateNetwork, kindOf } from './address.rules';
import { placeOf, standingOf, type HostRules, type Place } from './host.rules';
import type { Trust } from './outbound.request';

export interface UrlRules extends HostRules {
  readonly allowPrivateNetworks: boolean;
}

/** Why a URL must not be followed, as far as can be told without asking where its name leads. */
export function inspectUrl(url: URL, trust: Trust, rules: UrlRules): string | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return `only http and https are followed, not ${url.protocol.slice(0, 20)}`;
  }
  if (trust === 'operator') return undefined;
  const place = placeOf(url);
  if (place.host.length > LONGEST_NAME) return 'its host name is too long';
  switch (standingOf(place, rules)) {
    case 'denied':
      return `the host ${place.host} is denied`;
    case 'unlisted':
      return `the host ${place.host} is not among those that are allowed`;
    case 'ordinary':
    case 'named':
      return inspectHost(place, rules);
  }
}

/** Why a connection to `place` must not be made to `address`. */
export function inspectAddress(place: Place, address: string, rules: UrlRules): string | undefined {
  const isDenied = addressesWithin(address).some(
    (host) => standingOf({ ...place, host }, rules) === 'denied',
  );
  if (isDenied) return `${place.host} leads to a denied address`;
  if (standingOf(place, rules) === 'named') return undefined;
  const kind = kindOf(address);
  if (kind === 'public') return undefined;
  if (rules.allowPrivateNetworks && isPrivateNetwork(kind)) return undefined;
  const verb = isIP(place.host) === 0 ? 'leads to' : 'is';
  return `${place.host} ${verb} ${describeKind(kind)}`;
}

/** By RFC 6761 `localhost` and all below it are this machine. A proxy would take it for its own. */
function inspectHost(place: Place, rules: UrlRules): string | undefined {
  if (isIP(place.host) !== 0) return inspectAddress(place, place.host, rules);
  return /(^|\.)localhost$/.test(place.host)
    ? inspectAddress(place, '127.0.0.1', rules)
    : undefined;
}

export const NOT_A_URL = 'it is not a URL';

/** Of a name in the DNS (RFC 1035); nobody wants to read more of it either. */
const LONGEST_NAME = 253;
