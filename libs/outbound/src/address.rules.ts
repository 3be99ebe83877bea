import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

/** What an address is for. Only `public` ones are out in the internet. */
export type AddressKind =
  | 'public'
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'site-local'
  | 'shared'
  | 'benchmarking'
  | 'documentation'
  | 'unspecified'
  | 'multicast'
  | 'broadcast'
  | 'reserved'
  | 'malformed';

/**
 * The kind of an IPv4 or IPv6 address. One that carries IPv4 addresses inside (mapped, translated,
 * NAT64, 6to4, Teredo) is what the worst of these is, for that is where it may lead.
 *
 * The ranges are those of `ipaddr.js`, which follows IANA's special-purpose registries; a range that
 * is not named here is reserved.
 */
export function kindOf(address: string): AddressKind {
  const parsed = read(address);
  if (!parsed) return 'malformed';
  if (parsed instanceof ipaddr.IPv4) return kindOfIpv4(parsed);
  const [first, ...others] = embeddedIn(parsed).map(kindOfIpv4);
  if (first === undefined) return kindOfIpv6(parsed);
  return others.reduce((worst, kind) => (risk(kind) > risk(worst) ? kind : worst), first);
}

/** Addresses of this machine and of networks that an operator may want to open to clients. */
export function isPrivateNetwork(kind: AddressKind): boolean {
  return PRIVATE_NETWORKS.has(kind);
}

/** `a private address`, to stand behind "is" or "leads to". */
export function describeKind(kind: AddressKind): string {
  if (kind === 'malformed') return 'no address';
  return `${kind === 'unspecified' ? 'an' : 'a'} ${kind} address`;
}

/** One spelling for each address; `::ffff:10.0.0.1` is `10.0.0.1`. Other texts stay as they are. */
export function canonicalAddress(address: string): string {
  return addressesWithin(address)[0] ?? address;
}

/** The address, and the IPv4 addresses inside it. */
export function addressesWithin(address: string): readonly string[] {
  const parsed = read(address);
  if (!parsed) return [address];
  if (parsed instanceof ipaddr.IPv4) return [parsed.toString()];
  if (parsed.isIPv4MappedAddress()) return [parsed.toIPv4Address().toString()];
  return [parsed, ...embeddedIn(parsed)].map(String);
}

function read(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  switch (isIP(address)) {
    case 4:
      return ipaddr.IPv4.parse(address);
    case 6: {
      const [withoutZone] = address.split('%');
      // In hexadecimal, because ipaddr.js takes `::1.2.3.4` for `::ffff:1.2.3.4`, which it is not.
      return ipaddr.IPv6.parse(new URL(`http://[${withoutZone}]`).hostname.slice(1, -1));
    }
    default:
      return undefined;
  }
}

function embeddedIn(address: ipaddr.IPv6): readonly ipaddr.IPv4[] {
  const [, b = 0, c = 0, d = 0, , , g = 0, h = 0] = address.parts;
  const range: string = address.range();
  switch (range) {
    case 'ipv4Mapped':
    case 'rfc6145':
      return [ipv4(g, h)];
    case 'rfc6052':
      // Only the well-known prefix says where its IPv4 address is; 64:ff9b:1::/48 does not.
      return address.match(NAT64) ? [ipv4(g, h)] : [];
    case '6to4':
      return [ipv4(b, c)];
    case 'teredo':
      // The server, and the client with its bits turned over (RFC 4380).
      return [ipv4(c, d), ipv4(g ^ 0xffff, h ^ 0xffff)];
    default:
      return [];
  }
}

function ipv4(high: number, low: number): ipaddr.IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
}

function kindOfIpv4(address: ipaddr.IPv4): AddressKind {
  if (IPV4_DOCUMENTATION.some((range) => address.match(range))) return 'documentation';
  if (address.match(IPV4_BENCHMARKING)) return 'benchmarking';
  return KINDS.get(address.range()) ?? 'reserved';
}

function kindOfIpv6(address: ipaddr.IPv6): AddressKind {
  if (IPV6_DOCUMENTATION.some((range) => address.match(range))) return 'documentation';
  const kind = KINDS.get(address.range()) ?? 'reserved';
  return kind === 'public' && !address.match(GLOBAL_UNICAST) ? 'reserved' : kind;
}

function risk(kind: AddressKind): number {
  if (kind === 'public') return 0;
  return isPrivateNetwork(kind) ? 1 : 2;
}

const PRIVATE_NETWORKS: ReadonlySet<AddressKind> = new Set([
  'loopback',
  'private',
  'link-local',
  'site-local',
  'shared',
  'benchmarking',
]);

/** By the names that `ipaddr.js` gives to ranges. */
const KINDS: ReadonlyMap<string, AddressKind> = new Map([
  ['unicast', 'public'],
  ['loopback', 'loopback'],
  ['private', 'private'],
  ['uniqueLocal', 'private'],
  ['linkLocal', 'link-local'],
  ['deprecatedSiteLocal', 'site-local'],
  ['carrierGradeNat', 'shared'],
  ['benchmarking', 'benchmarking'],
  ['unspecified', 'unspecified'],
  ['multicast', 'multicast'],
  ['broadcast', 'broadcast'],
]);

const IPV4_BENCHMARKING = ipaddr.IPv4.parseCIDR('198.18.0.0/15');
const IPV4_DOCUMENTATION = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'].map((range) =>
  ipaddr.IPv4.parseCIDR(range),
);
const IPV6_DOCUMENTATION = ['2001:db8::/32', '3fff::/20'].map((range) =>
  ipaddr.IPv6.parseCIDR(range),
);
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
/** Nothing else has been handed out so far; old forms such as `::10.0.0.1` are outside. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
