import type { JsonObject } from '@gateway/comfy-protocol';

/** Keys of `extra_data` under which ComfyUI's API nodes look for their credentials. */
const CREDENTIALS: ReadonlySet<string> = new Set(['api_key_comfy_org', 'auth_token_comfy_org']);

/** What may be stored of `extra_data`, and what must never be; `secrets` is absent when none came. */
export function withoutCredentials(extraData: JsonObject = {}): {
  readonly extraData: JsonObject;
  readonly secrets?: JsonObject;
} {
  const entries = Object.entries(extraData);
  const secrets = entries.filter(([key]) => CREDENTIALS.has(key));
  if (secrets.length === 0) return { extraData };
  return {
    extraData: Object.fromEntries(entries.filter(([key]) => !CREDENTIALS.has(key))),
    secrets: Object.fromEntries(secrets),
  };
}
