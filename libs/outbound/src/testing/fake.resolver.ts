import type { AddressResolver } from '../dialer.port';

/** Answers with what is next for a name, and with the last of it from then on. */
export function fakeResolver(
  names: Readonly<Record<string, readonly (readonly string[])[]>>,
): AddressResolver {
  const asked = new Map<string, number>();
  return (hostname) => {
    const answers = names[hostname];
    const number = asked.get(hostname) ?? 0;
    asked.set(hostname, number + 1);
    const addresses = answers?.[Math.min(number, answers.length - 1)];
    if (!addresses) {
      const error = Object.assign(new Error(`${hostname} is not there`), { code: 'ENOTFOUND' });
      return Promise.reject(error);
    }
    return Promise.resolve(
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

/** Somewhere in the internet: only the stand-in is ever asked to go there. */
export const PUBLIC = [['93.184.216.34']] as const;
