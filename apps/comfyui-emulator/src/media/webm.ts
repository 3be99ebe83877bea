import { mapFrames, pipeline, type Frames } from './pixels';

/** A WebM file of VP8 key frames, which are what lossy WebP consists of. */
export async function encodeWebm(images: Frames, fps: number): Promise<Buffer> {
  const pictures = await mapFrames(images.frames, (frame) => vp8KeyFrame(images, frame));
  const durationMs = (pictures.length * 1000) / fps;
  const clusters = pictures.map((picture, index) =>
    element(CLUSTER, [
      element(TIMESTAMP, uint(Math.round((index * 1000) / fps))),
      element(SIMPLE_BLOCK, Buffer.concat([KEY_FRAME_OF_TRACK_1, picture])),
    ]),
  );
  return Buffer.concat([
    element(EBML, [
      element(EBML_VERSION, uint(1)),
      element(EBML_READ_VERSION, uint(1)),
      element(EBML_MAX_ID_LENGTH, uint(4)),
      element(EBML_MAX_SIZE_LENGTH, uint(8)),
      element(DOC_TYPE, Buffer.from('webm')),
      element(DOC_TYPE_VERSION, uint(2)),
      element(DOC_TYPE_READ_VERSION, uint(2)),
    ]),
    element(SEGMENT, [
      element(INFO, [
        element(TIMESTAMP_SCALE, uint(1_000_000)),
        element(MUXING_APP, Buffer.from('comfyui-emulator')),
        element(WRITING_APP, Buffer.from('comfyui-emulator')),
        element(DURATION, float64(durationMs)),
      ]),
      element(TRACKS, [videoTrack(images, fps)]),
      ...clusters,
    ]),
  ]);
}

const EBML = 0x1a45dfa3;
const EBML_VERSION = 0x4286;
const EBML_READ_VERSION = 0x42f7;
const EBML_MAX_ID_LENGTH = 0x42f2;
const EBML_MAX_SIZE_LENGTH = 0x42f3;
const DOC_TYPE = 0x4282;
const DOC_TYPE_VERSION = 0x4287;
const DOC_TYPE_READ_VERSION = 0x4285;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TIMESTAMP_SCALE = 0x2ad7b1;
const MUXING_APP = 0x4d80;
const WRITING_APP = 0x5741;
const DURATION = 0x4489;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const TRACK_UID = 0x73c5;
const TRACK_TYPE = 0x83;
const FLAG_LACING = 0x9c;
const CODEC_ID = 0x86;
const DEFAULT_DURATION = 0x23e383;
const VIDEO = 0xe0;
const PIXEL_WIDTH = 0xb0;
const PIXEL_HEIGHT = 0xba;
const CLUSTER = 0x1f43b675;
const TIMESTAMP = 0xe7;
const SIMPLE_BLOCK = 0xa3;

const KEY_FRAME_OF_TRACK_1 = Buffer.from([0x81, 0, 0, 0x80]);

function videoTrack({ width, height }: Frames, fps: number): Buffer {
  return element(TRACK_ENTRY, [
    element(TRACK_NUMBER, uint(1)),
    element(TRACK_UID, uint(1)),
    element(TRACK_TYPE, uint(1)),
    element(FLAG_LACING, uint(0)),
    element(CODEC_ID, Buffer.from('V_VP8')),
    element(DEFAULT_DURATION, uint(Math.round(1e9 / fps))),
    element(VIDEO, [element(PIXEL_WIDTH, uint(width)), element(PIXEL_HEIGHT, uint(height))]),
  ]);
}

/** The `VP8 ` chunk of a lossy WebP. */
async function vp8KeyFrame(images: Frames, frame: Buffer): Promise<Buffer> {
  const webp = await pipeline(images, frame).removeAlpha().webp({ quality: 75 }).toBuffer();
  for (let at = 12; at + 8 <= webp.length;) {
    const length = webp.readUInt32LE(at + 4);
    if (webp.toString('latin1', at, at + 4) === 'VP8 ')
      return webp.subarray(at + 8, at + 8 + length);
    at += 8 + length + (length % 2);
  }
  throw new Error('sharp wrote a lossy WebP without a VP8 chunk');
}

/** An EBML element: id, size, content. */
function element(id: number, content: Buffer | readonly Buffer[]): Buffer {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.concat(content);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(bytes.length) | (1n << 56n));
  return Buffer.concat([uint(id), size, bytes]);
}

/** Big-endian, in as few bytes as it takes. */
function uint(value: number): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}

function float64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}
