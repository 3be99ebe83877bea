import type { OutboundRequest, Trust } from './outbound.request';
import { withoutCredentials, withoutSecrets } from './request.headers';

/** One request of an exchange. */
export interface Hop {
  readonly method: NonNullable<OutboundRequest['method']>;
  /** Without credentials: they are among the headers. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly trust: Trust;
  /** How many redirects have led here. */
  readonly redirects: number;
}

export type AfterAnswer =
  | { readonly outcome: 'arrived' }
  | { readonly outcome: 'redirected'; readonly to: Hop }
  | { readonly outcome: 'nowhere' }
  | { readonly outcome: 'too-many' };

export interface RedirectRules {
  readonly maxRedirects: number;
  readonly secretHeaders: readonly string[];
}

/**
 * What an answer means for the exchange. Of a `POST` only 307 and 308 are followed: the others ask for
 * a `GET` of something else, and what was posted would not be delivered.
 */
export function afterAnswer(
  hop: Hop,
  answer: { readonly status: number; readonly location: string | undefined },
  rules: RedirectRules,
): AfterAnswer {
  const { status, location } = answer;
  const followed = hop.method === 'POST' ? KEEPS_METHOD : REDIRECTS;
  if (location === undefined || !followed.has(status)) return { outcome: 'arrived' };
  if (hop.redirects >= rules.maxRedirects) return { outcome: 'too-many' };
  if (!URL.canParse(location, hop.url.href)) return { outcome: 'nowhere' };
  const to = new URL(location, hop.url);
  const isSameOrigin = to.origin === hop.url.origin;
  const kept = isSameOrigin ? hop.headers : withoutSecrets(hop.headers, rules.secretHeaders);
  return {
    outcome: 'redirected',
    to: {
      ...hop,
      ...withoutCredentials(to, kept),
      // An operator vouches for the origin that was configured; what that one points to may be anything.
      trust: isSameOrigin ? hop.trust : 'client',
      redirects: hop.redirects + 1,
    },
  };
}

const KEEPS_METHOD: ReadonlySet<number> = new Set([307, 308]);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
