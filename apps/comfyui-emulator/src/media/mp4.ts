import { mapFrames, pipeline, type Frames } from './pixels';

/** Fine enough for any frame rate that ComfyUI takes, 29.97 included. */
const TIMESCALE = 90_000;

/**
 * An MP4 file whose frames are JPEG pictures. Frames stand in their track as MPEG-4 part 2 visual
 * objects of type JPEG, so that players need no more than that.
 */
export async function encodeMp4(
  images: Frames,
  fps: number,
  comment?: Readonly<Record<string, string>>,
): Promise<Buffer> {
  const samples = await mapFrames(images.frames, (frame) =>
    pipeline(images, frame).removeAlpha().jpeg({ quality: 85 }).toBuffer(),
  );
  const type = box('ftyp', ascii('isom'), uint32(0x200), ascii('isomiso2mp41'));
  const movie = (dataAt: number): Buffer => moov(images, samples, fps, dataAt, comment);
  const dataAt = type.length + movie(0).length + 8;
  return Buffer.concat([type, movie(dataAt), box('mdat', ...samples)]);
}

function moov(
  images: Frames,
  samples: readonly Buffer[],
  fps: number,
  dataAt: number,
  comment: Readonly<Record<string, string>> | undefined,
): Buffer {
  const frameTicks = Math.round(TIMESCALE / fps);
  const ticks = frameTicks * samples.length;
  const header = fullBox(
    'mvhd',
    [uint32(0, 0, TIMESCALE, ticks, 0x10000), uint16(0x100, 0), uint32(0, 0)],
    [IDENTITY_MATRIX, Buffer.alloc(24), uint32(2)],
  );
  const metadata = comment === undefined ? [] : [box('udta', metadataBox(comment))];
  const media = box(
    'mdia',
    fullBox('mdhd', [uint32(0, 0, TIMESCALE, ticks), uint16(0x55c4, 0)]),
    fullBox('hdlr', [uint32(0), ascii('vide'), Buffer.alloc(12), ascii('VideoHandler\0')]),
    box(
      'minf',
      fullBox('vmhd', [Buffer.alloc(8)], [], 1),
      box('dinf', fullBox('dref', [uint32(1), fullBox('url ', [], [], 1)])),
      sampleTable(images, samples, frameTicks, dataAt),
    ),
  );
  return box('moov', header, box('trak', trackHeader(images, ticks), media), ...metadata);
}

function trackHeader({ width, height }: Frames, ticks: number): Buffer {
  return fullBox(
    'tkhd',
    [uint32(0, 0, 1, 0, ticks), Buffer.alloc(16)],
    [IDENTITY_MATRIX, uint32(width * 0x10000, height * 0x10000)],
    3,
  );
}

function sampleTable(
  { width, height }: Frames,
  samples: readonly Buffer[],
  frameTicks: number,
  dataAt: number,
): Buffer {
  const entry = box(
    'mp4v',
    ...[Buffer.alloc(6), uint16(1), Buffer.alloc(16), uint16(width, height)],
    ...[uint32(0x480000, 0x480000, 0), uint16(1), Buffer.alloc(32), uint16(24, 0xffff)],
    fullBox('esds', [JPEG_DESCRIPTOR]),
  );
  return box(
    'stbl',
    fullBox('stsd', [uint32(1), entry]),
    fullBox('stts', [uint32(1, samples.length, frameTicks)]),
    fullBox('stsc', [uint32(1, 1, samples.length, 1)]),
    fullBox('stsz', [uint32(0, samples.length, ...samples.map(({ length }) => length))]),
    fullBox('stco', [uint32(1, dataAt)]),
  );
}

/** An elementary stream whose object type is 0x6c, JPEG. */
const JPEG_DESCRIPTOR = descriptor(
  3,
  Buffer.from([0, 1, 0]),
  descriptor(4, Buffer.from([0x6c, 0x11, 0, 0, 0]), Buffer.alloc(8)),
  descriptor(6, Buffer.from([2])),
);

const IDENTITY_MATRIX = uint32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

/** Metadata with free keys, as ffmpeg writes it with `use_metadata_tags` and ComfyUI does. */
function metadataBox(entries: Readonly<Record<string, string>>): Buffer {
  const keys = Object.keys(entries).map((key) => box('mdta', Buffer.from(key)));
  const values = Object.values(entries).map((value, index) => {
    const data = box('data', uint32(1, 0), Buffer.from(value));
    return Buffer.concat([uint32(data.length + 8, index + 1), data]);
  });
  return fullBox('meta', [
    fullBox('hdlr', [uint32(0), ascii('mdta'), Buffer.alloc(13)]),
    fullBox('keys', [uint32(keys.length), ...keys]),
    box('ilst', ...values),
  ]);
}

function box(type: string, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([uint32(body.length + 8), ascii(type), body]);
}

/** A box that starts with version 0 and flags. */
function fullBox(
  type: string,
  content: readonly Buffer[],
  more: readonly Buffer[] = [],
  flags = 0,
): Buffer {
  return box(type, uint32(flags), ...content, ...more);
}

function descriptor(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, body.length]), body]);
}

function ascii(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
}

function uint16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => bytes.writeUInt16BE(value, index * 2));
  return bytes;
}
