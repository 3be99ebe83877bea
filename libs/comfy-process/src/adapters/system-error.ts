/**
 * The code of a system error (`ENOENT`), read by shape: an error of Node's own may be of another realm
 * than ours (under Jest it is), where `instanceof Error` says no.
 */
export function systemErrorCode(error: unknown): string | undefined {
  return typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string'
    ? error.code
    : undefined;
}
