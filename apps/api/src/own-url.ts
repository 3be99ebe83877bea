import { isValid, parse } from 'ipaddr.js';

/** Where a person on this machine finds the gateway: `::` and `0.0.0.0` are everywhere, and no place. */
export function ownUrl({ host, port }: { readonly host: string; readonly port: number }): string {
  if (!isValid(host)) return `http://${host}:${port}`;
  const address = parse(host);
  if (address.range() === 'unspecified') return `http://127.0.0.1:${port}`;
  return `http://${address.kind() === 'ipv6' ? `[${host}]` : host}:${port}`;
}
