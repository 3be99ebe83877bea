import { isIP } from 'node:net';

import { z } from 'zod';

/** Readings of environment text. Each refuses with words that fit behind the variable's name. */

export const text = (): z.ZodString => z.string();

/** `true`/`false`, in any case; also `1`/`0`. */
export const flag = (): z.ZodType<boolean, string> =>
  z
    .string()
    .transform((value) => value.trim().toLowerCase())
    .pipe(z.enum(['true', 'false', '1', '0'], { error: 'must be "true" or "false"' }))
    .transform((value) => value === 'true' || value === '1');

/** An address with its scheme, http or https. */
export const webUrl = (): z.ZodURL =>
  z.url({ protocol: /^https?$/, hostname: /./, error: 'must be an http or https URL' });

/** Items separated by commas or blanks. */
const list = (): z.ZodType<readonly string[], string> =>
  z.string().transform((value) => value.split(/[\s,]+/).filter((item) => item !== ''));

/** Paths separated by commas; they may hold blanks. */
export const fileList = (): z.ZodType<readonly string[], string> =>
  z.string().transform((value) =>
    value
      .split(',')
      .map((path) => path.trim())
      .filter((path) => path !== ''),
  );

/** Hosts as `minio.internal`, `*.example.com`, `*`, `10.0.0.1:9000`, `[::1]:9000`. */
export const hostList = (): z.ZodType<readonly string[], string> =>
  list().refine(
    (hosts) => hosts.every((host) => HOST.test(host)),
    'must name hosts, such as minio.internal, *.example.com or 10.0.0.1:9000',
  );

const HOST =
  /^(?:\*|(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?|\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?::\d{1,5})?$/;

/** Nobody, everybody, or addresses and networks, in Fastify's words. */
export const trustedProxies = (): z.ZodType<boolean | string, string> =>
  z
    .string()
    .transform((value) => value.split(/[\s,]+/).filter((item) => item !== ''))
    .refine(
      (proxies) => isFlagAlone(proxies) || (proxies.length > 0 && proxies.every(isNetwork)),
      'must be "true", "false", or addresses such as 10.0.0.0/8, ::1 or loopback',
    )
    .transform((proxies) =>
      isFlagAlone(proxies) ? proxies[0]?.toLowerCase() === 'true' : proxies.join(','),
    );

function isFlagAlone([value, ...more]: readonly string[]): boolean {
  return more.length === 0 && /^(?:true|false)$/i.test(value ?? '');
}

function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  );
}

/** As {@link webUrl}; `proxy.internal:3128` is taken for http. */
export const proxyUrl = (): z.ZodType<string, string> =>
  z
    .string()
    .transform((value) => (value.includes('://') ? value : `http://${value}`))
    .pipe(webUrl());

export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): NumberVariable {
  return numeric(min, max, (value) => Number.isInteger(value), 'a whole number');
}

export function decimalNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): NumberVariable {
  return numeric(min, max, (value) => Number.isFinite(value), 'a number');
}

/** A duration. A timer can wait for 2^31 ms at most, and fires at once beyond. */
export function seconds(min = 0): NumberVariable {
  return decimalNumber(min, LONGEST_TIMER_S);
}

const LONGEST_TIMER_S = 2_147_483;

export const port = (): NumberVariable => wholeNumber(1, 65_535);

type NumberVariable = z.ZodType<number, string>;

function numeric(
  min: number,
  max: number,
  fits: (value: number) => boolean,
  noun: string,
): NumberVariable {
  const range =
    max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `between ${min} and ${max}`;
  return z
    .string()
    .refine((value) => {
      const read = Number(value.trim());
      return value.trim() !== '' && fits(read) && read >= min && read <= max;
    }, `must be ${noun} ${range}`)
    .transform((value) => Number(value.trim()));
}
