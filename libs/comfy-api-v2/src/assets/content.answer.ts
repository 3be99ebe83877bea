import type { Asset, ByteRange } from '@gateway/assets';
import { contentFamily } from '@gateway/media';
import contentDisposition from 'content-disposition';

import { namesTag, readRange } from './byte-range';

/** The headers of a request that bear on its answer. */
export interface ContentRequest {
  readonly method: string;
  readonly range?: string | undefined;
  readonly ifRange?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

export interface ContentAnswer {
  readonly status: 200 | 206 | 304 | 416;
  readonly headers: Readonly<Record<string, string>>;
  /** Which bytes follow; absent: none, or, with 200, all. */
  readonly range?: ByteRange;
}

/** How a request for the bytes of an asset is answered. */
export function contentAnswer(asset: Asset, request: ContentRequest): ContentAnswer {
  const { sizeBytes } = asset;
  // An asset's bytes never change, so its id says which they are, before their hash is known.
  const etag = `"${asset.id}"`;
  const about = { ...headersOf(asset), etag };
  if (namesTag(request.ifNoneMatch, etag)) return { status: 304, headers: about };
  const isRangeWanted =
    request.method === 'GET' && (request.ifRange === undefined || request.ifRange === etag);
  const range = isRangeWanted ? readRange(request.range, sizeBytes) : 'whole';
  if (range === 'none') {
    return { status: 416, headers: { 'content-range': `bytes */${sizeBytes}` } };
  }
  const described = { ...about, 'content-type': asset.contentType };
  if (range === 'whole') {
    return { status: 200, headers: { ...described, 'content-length': String(sizeBytes) } };
  }
  const { first, last } = range;
  return {
    status: 206,
    range,
    headers: {
      ...described,
      'content-range': `bytes ${first}-${last}/${sizeBytes}`,
      'content-length': String(last - first + 1),
    },
  };
}

/** Pages and drawings that somebody uploaded must not run as ours. */
function headersOf({ id, filePath, contentType }: Asset): Readonly<Record<string, string>> {
  const filename = filePath?.split('/').at(-1) ?? id;
  return {
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'content-disposition': contentDisposition(filename, { type: dispositionOf(contentType) }),
    'content-security-policy': "default-src 'none'; img-src 'self'; media-src 'self'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
  };
}

/** What a browser shows without reading it as a document; SVG is one. */
function dispositionOf(contentType: string): 'inline' | 'attachment' {
  const family = contentFamily(contentType);
  const isMedium = family === 'image' || family === 'video' || family === 'audio';
  return isMedium && !/^image\/svg/i.test(contentType) ? 'inline' : 'attachment';
}
