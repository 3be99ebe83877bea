import { isIP } from 'node:net';

/**
 * ComfyUI's answer to DNS rebinding: on a loopback host, a request that names its origin must
 * name this very host and port. Requests without an origin pass.
 */
export function isForeignOrigin(host: string | undefined, origin: string | undefined): boolean {
  if (host === undefined || origin === undefined || host === '' || origin === '') return false;
  const here = parseAuthority(host);
  if (here === undefined || !isLoopback(here.name)) return false;
  const there = parseAuthority(origin.replace(/^[a-z][a-z0-9+.-]*:\/\//i, ''));
  if (there === undefined) return true;
  if (here.port === undefined && there.port === undefined) return here.name !== there.name;
  // A side that names no port means the one of plain http.
  return here.name !== there.name || (here.port ?? '80') !== (there.port ?? '80');
}

function parseAuthority(text: string): { name: string; port: string | undefined } | undefined {
  try {
    const { hostname } = new URL(`http://${text}`);
    const port = /:(\d+)\/?$/.exec(text)?.[1];
    return { name: hostname, port };
  } catch {
    return undefined;
  }
}

function isLoopback(name: string): boolean {
  const address = name.replace(/^\[|\]$/g, '');
  if (address === 'localhost') return true;
  return isIP(address) === 4 ? address.startsWith('127.') : address === '::1';
}
