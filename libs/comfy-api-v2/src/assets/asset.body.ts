import type { Asset } from '@gateway/assets';

import type { AssetBody } from './asset.dto';

/** An asset in the contract's words. `url` is where its bytes are. */
export function assetBody(asset: Asset, url: string, now: number): AssetBody {
  const { id, hash, sizeBytes, contentType, filePath, createdAt, expiresAt, output } = asset;
  return {
    id,
    hash,
    size_bytes: sizeBytes,
    content_type: contentType,
    file_path: filePath,
    created_at: iso(createdAt),
    url,
    url_expires_at: iso(urlExpiry(expiresAt, now)),
    expires_at: expiresAt === null ? null : iso(expiresAt),
    ...(output && { job_id: output.jobId }),
  };
}

/** The address is good as long as the asset; an hour is promised, so that clients may rely on less. */
export function urlExpiry(expiresAt: number | null, now: number): number {
  return Math.min(now + URL_LIFE_MS, expiresAt ?? Infinity);
}

const URL_LIFE_MS = 3_600_000;

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
