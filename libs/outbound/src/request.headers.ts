export interface HeaderRules {
  readonly userAgent: string;
}

/** By lower-case name; without those that are for the connection, which is not the caller's. */
export function outgoingHeaders(
  given: Readonly<Record<string, string>>,
  { userAgent }: HeaderRules,
): Readonly<Record<string, string>> {
  const names = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    'user-agent': userAgent,
    ...Object.fromEntries(names.filter(([name]) => !OF_THE_CONNECTION.has(name))),
    // Sizes are those of the bytes on the wire.
    'accept-encoding': 'identity',
  };
}

/** The user of a URL as a header, unless there is one already; the URL loses it. */
export function withoutCredentials(
  url: URL,
  headers: Readonly<Record<string, string>>,
): { readonly url: URL; readonly headers: Readonly<Record<string, string>> } {
  if (url.username === '' && url.password === '') return { url, headers };
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  const pair = `${decoded(url.username)}:${decoded(url.password)}`;
  const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  return { url: bare, headers: { authorization, ...headers } };
}

/** What another origin must not get. */
export function withoutSecrets(
  headers: Readonly<Record<string, string>>,
  secretHeaders: readonly string[],
): Readonly<Record<string, string>> {
  const secret = new Set(['authorization', 'cookie', ...secretHeaders.map(toLowerCase)]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !secret.has(name)));
}

/** A lone percent sign is one. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function toLowerCase(text: string): string {
  return text.toLowerCase();
}

const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);
