import { isJsonObject, parseJson, type JsonValue } from './json';

/** A binary websocket frame. Integers are big-endian uint32; the first is the event type. */
export type BinaryFrame =
  | { readonly type: 'preview'; readonly format: ImageFormat; readonly image: Buffer }
  | { readonly type: 'text'; readonly nodeId: string; readonly text: string }
  | {
      readonly type: 'preview-with-metadata';
      readonly metadata: PreviewMetadata;
      readonly image: Buffer;
    };

export type ImageFormat = 'image/jpeg' | 'image/png';

export interface PreviewMetadata {
  readonly node_id: string;
  readonly prompt_id: string;
  readonly display_node_id: string;
  readonly parent_node_id: string | null;
  readonly real_node_id: string;
  readonly image_type: ImageFormat;
}

const PREVIEW_IMAGE = 1;
const TEXT = 3;
const PREVIEW_IMAGE_WITH_METADATA = 4;
const FORMAT_CODES = { 'image/jpeg': 1, 'image/png': 2 } as const satisfies Record<
  ImageFormat,
  number
>;

/** Reads one binary frame; `undefined` for a type we do not know, a frame cut short, or metadata amiss. */
export function decodeBinaryFrame(frame: Buffer): BinaryFrame | undefined {
  if (frame.length < 8) return undefined;
  const second = frame.readUInt32BE(4);
  switch (frame.readUInt32BE(0)) {
    case PREVIEW_IMAGE:
      return {
        type: 'preview',
        format: second === FORMAT_CODES['image/png'] ? 'image/png' : 'image/jpeg',
        image: frame.subarray(8),
      };
    case TEXT:
      if (frame.length < 8 + second) return undefined;
      return {
        type: 'text',
        nodeId: frame.toString('utf8', 8, 8 + second),
        text: frame.toString('utf8', 8 + second),
      };
    case PREVIEW_IMAGE_WITH_METADATA: {
      const metadata = parseMetadata(frame, second);
      return (
        metadata && { type: 'preview-with-metadata', metadata, image: frame.subarray(8 + second) }
      );
    }
    default:
      return undefined;
  }
}

/** Writes one binary frame as ComfyUI does. */
export function encodeBinaryFrame(frame: BinaryFrame): Buffer {
  switch (frame.type) {
    case 'preview':
      return Buffer.concat([
        uint32(PREVIEW_IMAGE),
        uint32(FORMAT_CODES[frame.format]),
        frame.image,
      ]);
    case 'text':
      return withPrefix(TEXT, Buffer.from(frame.nodeId), Buffer.from(frame.text));
    case 'preview-with-metadata':
      return withPrefix(
        PREVIEW_IMAGE_WITH_METADATA,
        Buffer.from(JSON.stringify(frame.metadata)),
        frame.image,
      );
  }
}

function parseMetadata(frame: Buffer, length: number): PreviewMetadata | undefined {
  if (frame.length < 8 + length) return undefined;
  try {
    const metadata = parseJson(frame.toString('utf8', 8, 8 + length));
    return isMetadata(metadata) ? (metadata as unknown as PreviewMetadata) : undefined;
  } catch {
    return undefined;
  }
}

/** What a preview is attributed by; the other keys only tell more. */
function isMetadata(value: JsonValue): boolean {
  return (
    isJsonObject(value) &&
    typeof value['prompt_id'] === 'string' &&
    typeof value['node_id'] === 'string'
  );
}

function withPrefix(type: number, head: Buffer, body: Buffer): Buffer {
  return Buffer.concat([uint32(type), uint32(head.length), head, body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
