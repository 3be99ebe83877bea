import { vorbisComment, type Silence } from './flac';

/** Opus counts in 48 kHz samples whatever it was made from. */
const RATE = 48000;
const PACKET_SAMPLES = 960;
const PACKETS_PER_PAGE = 50;
const PRE_SKIP = 312;
/** Any number; there is only one stream in the file. */
const SERIAL = 0x434f4d46;

/** An Ogg Opus file of silence, 20 ms a packet. */
export function encodeOggOpus(
  { sampleRate, channels, durationS }: Silence,
  comments: Readonly<Record<string, string>> = {},
): Buffer {
  const samples = Math.max(1, Math.round(durationS * RATE)) + PRE_SKIP;
  const packets = Math.ceil(samples / PACKET_SAMPLES);
  const pages = Math.ceil(packets / PACKETS_PER_PAGE);
  const packet = silentPacket(channels);
  const sound = Array.from({ length: pages }, (_, page) => {
    const first = page * PACKETS_PER_PAGE;
    const count = Math.min(PACKETS_PER_PAGE, packets - first);
    const isLast = page === pages - 1;
    const position = isLast ? samples : (first + count) * PACKET_SAMPLES;
    return oggPage(Array<Buffer>(count).fill(packet), page + 2, position, isLast ? 4 : 0);
  });
  const tags = Buffer.concat([Buffer.from('OpusTags'), vorbisComment(comments)]);
  return Buffer.concat([
    oggPage([opusHead(channels, sampleRate)], 0, 0, 2),
    oggPage([tags], 1, 0, 0),
    ...sound,
  ]);
}

/** Fullband CELT, 20 ms, whose first bits say silence. */
function silentPacket(channels: number): Buffer {
  return Buffer.from([channels === 1 ? 0xf8 : 0xfc, 0xff, 0xfe]);
}

function opusHead(channels: number, sampleRate: number): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead');
  head[8] = 1;
  head[9] = channels;
  head.writeUInt16LE(PRE_SKIP, 10);
  head.writeUInt32LE(sampleRate, 12);
  return head;
}

/** One page; its packets must fit into 255 segments. */
function oggPage(
  packets: readonly Buffer[],
  sequence: number,
  position: number,
  flags: 0 | 2 | 4,
): Buffer {
  const segments = packets.flatMap(({ length }) => [
    ...Array<number>(Math.floor(length / 255)).fill(255),
    length % 255,
  ]);
  const header = Buffer.alloc(27);
  header.write('OggS');
  header[5] = flags;
  header.writeBigUInt64LE(BigInt(position), 6);
  header.writeUInt32LE(SERIAL, 14);
  header.writeUInt32LE(sequence, 18);
  header[26] = segments.length;
  const page = Buffer.concat([header, Buffer.from(segments), ...packets]);
  page.writeUInt32LE(oggChecksum(page), 22);
  return page;
}

/** CRC-32 with Ogg's bit order, which zlib's is not. */
function oggChecksum(page: Buffer): number {
  let crc = 0;
  for (const byte of page) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}
