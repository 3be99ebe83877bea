import type { FileType } from '../file-types';

/**
 * WebM is Matroska by another name, and the name stands in the EBML header (RFC 9559, §5.1.1). Whether
 * there are pictures shows in the codecs of the tracks, which begin soon after it.
 */
export function matroskaType(head: Buffer): FileType | undefined {
  if (head.length < 4 || head.readUInt32BE(0) !== EBML) return undefined;
  const text = head.toString('latin1');
  const isWebm = /\x42\x82[^]{1,8}?webm/.test(text);
  const isSound = /\x86[^]A_/.test(text) && !/\x86[^]V_/.test(text);
  if (isWebm) return { extension: 'webm', contentType: isSound ? 'audio/webm' : 'video/webm' };
  return isSound
    ? { extension: 'mka', contentType: 'audio/x-matroska' }
    : { extension: 'mkv', contentType: 'video/x-matroska' };
}

const EBML = 0x1a45dfa3;
