/** When an asset that is made now ends; `null` never does. */
export function expiryOf(
  now: number,
  expiresInS: number | undefined,
  defaultRetentionS: number | null,
): number | null {
  const retentionS = expiresInS ?? defaultRetentionS;
  return retentionS === null ? null : now + retentionS * 1000;
}

/** Who refers to an asset once more may make it last longer, but never shorter. */
export function extended(current: number | null, wanted: number | null): number | null {
  return current === null || wanted === null ? null : Math.max(current, wanted);
}
