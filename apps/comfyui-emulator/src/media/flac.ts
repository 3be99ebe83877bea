/** Sound that is not heard: what the emulator writes in place of generated audio. */
export interface Silence {
  readonly sampleRate: number;
  readonly channels: number;
  readonly durationS: number;
}

const BLOCK_SAMPLES = 4096;

/** A FLAC file of 16-bit silence: one constant subframe per channel and block. */
export function encodeFlac(
  format: Silence,
  comments: Readonly<Record<string, string>> = {},
): Buffer {
  const { sampleRate, channels, durationS } = format;
  const samples = Math.max(1, Math.round(durationS * sampleRate));
  const blocks = Math.ceil(samples / BLOCK_SAMPLES);
  const frames = Array.from({ length: blocks }, (_, index) =>
    flacFrame(index, Math.min(BLOCK_SAMPLES, samples - index * BLOCK_SAMPLES), format),
  );
  return Buffer.concat([
    Buffer.from('fLaC'),
    metadataBlock(0, streamInfo(samples, sampleRate, channels), false),
    metadataBlock(4, vorbisComment(comments), true),
    ...frames,
  ]);
}

/** `vendor` and `KEY=value` pairs, as Ogg and FLAC share them. */
export function vorbisComment(comments: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(comments).map(([key, value]) => `${key}=${value}`);
  return Buffer.concat([
    lengthPrefixed('comfyui-emulator'),
    uint32LE(entries.length),
    ...entries.map(lengthPrefixed),
  ]);
}

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint32LE(bytes.length), bytes]);
}

function uint32LE(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function metadataBlock(type: number, content: Buffer, isLast: boolean): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(content.length);
  header[0] = type | (isLast ? 0x80 : 0);
  return Buffer.concat([header, content]);
}

function streamInfo(samples: number, sampleRate: number, channels: number): Buffer {
  const info = Buffer.alloc(34);
  info.writeUInt16BE(BLOCK_SAMPLES, 0);
  info.writeUInt16BE(BLOCK_SAMPLES, 2);
  // 20 bits of rate, 3 of channels − 1, 5 of bits − 1, 36 of samples. A zero MD5 means unknown.
  const packed =
    (BigInt(sampleRate) << 44n) |
    (BigInt(channels - 1) << 41n) |
    (BigInt(16 - 1) << 36n) |
    BigInt(samples);
  info.writeBigUInt64BE(packed, 10);
  return info;
}

/** Codes of the usual rates; any other stands in two bytes of its own. */
const RATE_CODES: Readonly<Record<number, number>> = {
  8000: 4,
  16000: 5,
  22050: 6,
  24000: 7,
  32000: 8,
  44100: 9,
  48000: 10,
  96000: 11,
};
const RATE_IN_HEADER = 13;

/** Block size in two bytes, 16 bits a sample. */
function flacFrame(index: number, samples: number, { sampleRate, channels }: Silence): Buffer {
  const rateCode = RATE_CODES[sampleRate];
  const header = Buffer.from([
    ...[0xff, 0xf8, 0x70 | (rateCode ?? RATE_IN_HEADER), ((channels - 1) << 4) | 0x08],
    ...codedNumber(index),
    ...[(samples - 1) >> 8, (samples - 1) & 0xff],
    ...(rateCode === undefined ? [sampleRate >> 8, sampleRate & 0xff] : []),
  ]);
  const constantZero = Buffer.alloc(3 * channels);
  const body = Buffer.concat([header, Buffer.from([crc8(header)]), constantZero]);
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16BE(crc16(body));
  return Buffer.concat([body, checksum]);
}

/** FLAC numbers its frames in what UTF-8 would be if it went further. */
function codedNumber(value: number): number[] {
  if (value < 0x80) return [value];
  const tail: number[] = [];
  let rest = value;
  let room = 0x3f;
  while (rest > room) {
    tail.unshift(0x80 | (rest & 0x3f));
    rest >>= 6;
    room >>= 1;
  }
  return [(~(2 * room + 1) & 0xff) | rest, ...tail];
}

function crc8(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}

function crc16(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x8005) & 0xffff : crc << 1;
    }
  }
  return crc;
}
