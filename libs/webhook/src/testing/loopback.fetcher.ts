import { OutboundFetcher, type OutboundOptions } from '@gateway/outbound';

/** The gateway's own way out, for receivers of specs; clients may name addresses of the loopback. */
export function loopbackFetcher(options: Partial<OutboundOptions> = {}): OutboundFetcher {
  return new OutboundFetcher({
    allowPrivateNetworks: true,
    allowHosts: [],
    denyHosts: [],
    maxBytes: 1024,
    timeoutMs: 10_000,
    ...options,
  });
}
