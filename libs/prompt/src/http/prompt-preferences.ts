/** Whether a `Prefer` header (RFC 7240) asks for an answer before the work is done. */
export function prefersAsync(prefer: string | readonly string[] | undefined): boolean {
  const preferences = [prefer ?? []].flat().join(',').split(',');
  return preferences.some((one) => /^respond-async(?:\s*;|$)/i.test(one.trim()));
}
