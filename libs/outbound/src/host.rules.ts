import { isIP, isIPv6 } from 'node:net';

import { canonicalAddress } from './address.rules';

/** Where a connection is to go, spelled in the one way in which it is compared. */
export interface Place {
  readonly host: string;
  readonly port: string;
}

export interface HostPattern {
  readonly covers: 'host' | 'subdomains' | 'everything';
  readonly host: string;
  /** `undefined` is every port. */
  readonly port: string | undefined;
}

export interface HostRules {
  /** Empty is everybody. */
  readonly allow: readonly HostPattern[];
  readonly deny: readonly HostPattern[];
}

/** `named`: the operator has allowed this very host. `ordinary`: nothing is known about it. */
export type HostStanding = 'denied' | 'unlisted' | 'ordinary' | 'named';

export function standingOf(place: Place, { allow, deny }: HostRules): HostStanding {
  if (deny.some((pattern) => matches(pattern, place))) return 'denied';
  if (allow.length === 0) return 'ordinary';
  const found = allow.filter((pattern) => matches(pattern, place));
  if (found.length === 0) return 'unlisted';
  return found.some(({ covers }) => covers === 'host') ? 'named' : 'ordinary';
}

export function placeOf({
  hostname,
  port,
  protocol,
}: {
  readonly hostname: string;
  readonly port: string;
  readonly protocol: string;
}): Place {
  return {
    host: canonicalHost(hostname),
    port: port === '' ? (protocol === 'https:' ? '443' : '80') : port,
  };
}

/**
 * Reads `minio.internal`, `*.example.com`, `*`, `10.0.0.1:9000`, `::1` or `[::1]:9000`.
 *
 * @throws Error when the text is none of these: a rule that matches nothing would only look like one.
 */
export function parseHostPattern(text: string): HostPattern {
  const { host, port } = splitPort(text);
  if (host === '*') return { covers: 'everything', host: '', port };
  const isWildcard = host.startsWith('*.');
  const rest = isWildcard ? host.slice(2) : host;
  const url = `http://${isIPv6(rest) ? `[${rest}]` : rest}/`;
  if (/[*/?#@\\\s%]/.test(rest) || !URL.canParse(url)) throw notAPattern(text);
  const name = canonicalHost(new URL(url).hostname);
  if (name === '' || (isWildcard && isIP(name) !== 0)) throw notAPattern(text);
  return { covers: isWildcard ? 'subdomains' : 'host', host: name, port };
}

function splitPort(text: string): { readonly host: string; readonly port: string | undefined } {
  if (isIPv6(text)) return { host: text, port: undefined };
  const parts = /^(?:\[(?<address>[^\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(text);
  const { address, name = '', port } = parts?.groups ?? {};
  if (address !== undefined && !isIPv6(address)) throw notAPattern(text);
  if (address === undefined && name === '') throw notAPattern(text);
  return { host: address ?? name, port: port === undefined ? undefined : String(Number(port)) };
}

function notAPattern(text: string): Error {
  return new Error(
    `"${text}" names no host: write "name", "*.name" or "*", with ":port" behind it if need be`,
  );
}

function matches({ covers, host, port }: HostPattern, place: Place): boolean {
  if (port !== undefined && port !== place.port) return false;
  switch (covers) {
    case 'everything':
      return true;
    case 'host':
      return place.host === host;
    case 'subdomains':
      return place.host.endsWith(`.${host}`);
  }
}

function canonicalHost(hostname: string): string {
  const bare = hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return canonicalAddress(bare.replace(/\.+$/, ''));
}
