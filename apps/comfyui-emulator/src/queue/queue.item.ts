import type { QueueItem } from '@gateway/comfy-protocol';

const SECRETS = new Set(['auth_token_comfy_org', 'api_key_comfy_org']);

/** The item without the credentials for paid nodes. */
export function withoutSecrets(item: QueueItem): QueueItem {
  const [number, promptId, graph, extraData, outputs] = item;
  if (!Object.keys(extraData).some((key) => SECRETS.has(key))) return item;
  const shown = Object.entries(extraData).filter(([key]) => !SECRETS.has(key));
  return [number, promptId, graph, Object.fromEntries(shown), outputs];
}
