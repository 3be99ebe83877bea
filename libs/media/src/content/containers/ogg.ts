import type { FileType } from '../file-types';

/** In an Ogg file (RFC 3533) each stream's first page names its codec, and these pages come first. */
export function oggType(head: Buffer): FileType | undefined {
  if (head.toString('latin1', 0, 4) !== 'OggS') return undefined;
  if (head.includes('\x80theora', 0, 'latin1') || head.includes('\x01video', 0, 'latin1')) {
    return { extension: 'ogv', contentType: 'video/ogg' };
  }
  return head.includes('OpusHead', 0, 'latin1')
    ? { extension: 'opus', contentType: 'audio/opus' }
    : { extension: 'ogg', contentType: 'audio/ogg' };
}
