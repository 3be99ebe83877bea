/** What a movie file tells about its picture track. */
export interface Mp4Facts {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  /** The frames themselves, when they are JPEG pictures in one chunk, as {@link encodeMp4} lays them. */
  readonly jpegs: readonly Buffer[];
}

/** Reads an ISO base media file; `undefined` when it is none or has no picture track. */
export function readMp4(content: Buffer): Mp4Facts | undefined {
  const track = boxesOf(boxesOf(content).find(isOfType('moov'))?.body)
    .filter(isOfType('trak'))
    .map((trak) => readTrack(content, trak.body))
    .find((facts) => facts !== undefined);
  return track;
}

interface Box {
  readonly type: string;
  readonly body: Buffer;
}

function boxesOf(content: Buffer | undefined): Box[] {
  const boxes: Box[] = [];
  if (content === undefined) return boxes;
  for (let at = 0; at + 8 <= content.length;) {
    const size = content.readUInt32BE(at);
    // 64-bit sizes (1) and "to the end" (0) only ever stand on media data.
    if (size < 8) return size === 1 ? [...boxes, ...afterLargeBox(content, at)] : boxes;
    boxes.push({
      type: content.toString('latin1', at + 4, at + 8),
      body: content.subarray(at + 8, at + size),
    });
    at += size;
  }
  return boxes;
}

function afterLargeBox(content: Buffer, at: number): Box[] {
  if (at + 16 > content.length) return [];
  const size = Number(content.readBigUInt64BE(at + 8));
  return size < 16 ? [] : boxesOf(content.subarray(at + size));
}

function isOfType(type: string): (box: Box) => boolean {
  return (box) => box.type === type;
}

function readTrack(content: Buffer, trak: Buffer): Mp4Facts | undefined {
  const find = (path: readonly string[]): Buffer | undefined =>
    path.reduce<Buffer | undefined>((body, type) => boxesOf(body).find(isOfType(type))?.body, trak);
  const [header, media] = [find(['tkhd']), find(['mdia', 'mdhd'])];
  const handler = find(['mdia', 'hdlr'])?.toString('latin1', 8, 12);
  const table = ['mdia', 'minf', 'stbl'];
  const sizes = readSizes(find([...table, 'stsz']));
  if (handler !== 'vide' || header === undefined || media === undefined) return undefined;
  const seconds = readSeconds(media);
  const isJpeg = find([...table, 'stsd'])?.includes(Buffer.from([0x6c, 0x11])) ?? false;
  const dataAt = find([...table, 'stco'])?.readUInt32BE(8);
  return {
    width: header.readUInt32BE(header.length - 8) >>> 16,
    height: header.readUInt32BE(header.length - 4) >>> 16,
    fps: seconds > 0 && sizes.length > 0 ? sizes.length / seconds : 24,
    frames: sizes.length,
    jpegs: isJpeg && dataAt !== undefined ? cut(content, dataAt, sizes) : [],
  };
}

function readSeconds(mdhd: Buffer): number {
  const isLong = mdhd[0] === 1;
  const timescale = mdhd.readUInt32BE(isLong ? 20 : 12);
  const ticks = isLong ? Number(mdhd.readBigUInt64BE(24)) : mdhd.readUInt32BE(16);
  return timescale === 0 ? 0 : ticks / timescale;
}

function readSizes(stsz: Buffer | undefined): number[] {
  if (stsz === undefined) return [];
  const [shared, count] = [stsz.readUInt32BE(4), stsz.readUInt32BE(8)];
  return Array.from({ length: count }, (_, index) =>
    shared === 0 ? stsz.readUInt32BE(12 + index * 4) : shared,
  );
}

function cut(content: Buffer, start: number, sizes: readonly number[]): Buffer[] {
  let at = start;
  return sizes.map((size) => content.subarray(at, (at += size)));
}
