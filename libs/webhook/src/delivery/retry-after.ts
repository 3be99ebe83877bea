/** Milliseconds from `now` that a `Retry-After` header asks for: seconds, or an HTTP date. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  if (!HTTP_DATE.test(header)) return undefined;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** `Date.parse` reads far more than dates of HTTP (RFC 9110, 5.6.7), which all begin so. */
const HTTP_DATE = /^[A-Z][a-z]{2,8},? /;
