import type { ByteRange } from '@gateway/assets';

/** What a `Range` header asks for: all, a part, or what is not there. */
export type RangeAnswer = 'whole' | 'none' | ByteRange;

/**
 * Reads a `Range` of RFC 9110. Several ranges, other units and what is no range at all are answered
 * with the whole, as the RFC lets a server do.
 */
export function readRange(header: string | undefined, sizeBytes: number): RangeAnswer {
  const found = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '');
  if (!found) return 'whole';
  const [, from = '', to = ''] = found;
  if (from === '') return lastBytes(to, sizeBytes);
  const first = Number(from);
  const last = to === '' ? sizeBytes - 1 : Number(to);
  if (to !== '' && last < first) return 'whole';
  return first < sizeBytes ? { first, last: Math.min(last, sizeBytes - 1) } : 'none';
}

function lastBytes(count: string, sizeBytes: number): RangeAnswer {
  if (count === '') return 'whole';
  if (Number(count) === 0) return 'none';
  // No range of nothing can be written down in a Content-Range.
  if (sizeBytes === 0) return 'whole';
  return { first: Math.max(0, sizeBytes - Number(count)), last: sizeBytes - 1 };
}

/** Whether an `If-None-Match` names the tag; weak ones count. */
export function namesTag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.match(/"[^"]*"/g)?.includes(etag) ?? false;
}
