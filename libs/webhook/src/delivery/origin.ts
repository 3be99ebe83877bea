/** Scheme, host and port of a URL: all of it that may be logged. */
export function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'not a URL';
}
