import { isJsonObject, type JsonValue } from './json';
import { isUploadInput, type ObjectInfo } from './object-info';
import type { NodeId, PromptGraph } from './prompt-graph';

/** A text that would make ComfyUI read or write outside its folders. */
export interface UnsafePath {
  readonly nodeId: NodeId;
  readonly input: string;
  readonly value: string;
  /** A sentence for the person who sent it. */
  readonly reason: string;
}

/**
 * The first file name or prefix of a graph that leaves ComfyUI's folders.
 *
 * ComfyUI checks prefixes when it saves, but at 0.3.64 reads `../../x` in a file input without a
 * word. `objectInfo` tells which inputs are files; the well-known ones are checked without it.
 */
export function findUnsafePath(
  graph: PromptGraph,
  objectInfo: ObjectInfo = {},
): UnsafePath | undefined {
  for (const [nodeId, { class_type: classType, inputs }] of Object.entries(graph)) {
    for (const [input, value] of Object.entries(inputs)) {
      const judge = judgeOf(classType, input, objectInfo);
      const unsafe = judge && firstUnsafe(texts(value), judge);
      if (unsafe) return { nodeId, input, ...unsafe };
    }
  }
  return undefined;
}

type Judge = (text: string) => string | undefined;

function judgeOf(classType: string, input: string, objectInfo: ObjectInfo): Judge | undefined {
  if (input === 'filename_prefix') return judgePrefix;
  if (isUploadInput(objectInfo, classType, input)) return judgeUpload;
  return classType.includes('Load') && FILE_INPUTS.has(input) ? judgeFile : undefined;
}

const FILE_INPUTS = new Set(['image', 'audio', 'video', 'file', 'mask', 'latent', 'model_file']);

/** The texts of a literal, also of one that is wrapped because it is a list. */
function texts(value: JsonValue): readonly string[] {
  const literal = isJsonObject(value) ? value['__value__'] : value;
  if (typeof literal === 'string') return [literal];
  const isWrappedList = isJsonObject(value) && Array.isArray(literal);
  return isWrappedList
    ? (literal as readonly JsonValue[]).filter((item) => typeof item === 'string')
    : [];
}

function firstUnsafe(
  values: readonly string[],
  judge: Judge,
): { readonly value: string; readonly reason: string } | undefined {
  for (const value of values) {
    const reason = judge(value);
    if (reason !== undefined) return { value, reason };
  }
  return undefined;
}

/** Whatever looks like base64 here is decoded or refused by the gateway, and never read as a name. */
function judgeUpload(text: string): string | undefined {
  return isContent(text) ? undefined : judgePath(withoutAnnotation(text));
}

/** Here it reaches ComfyUI as it is, so it must really begin like a file: `/etc////…` does not. */
function judgeFile(text: string): string | undefined {
  const isFile = isContent(text) && (!BASE64.test(text) || beginsLikeAFile(text));
  return isFile ? undefined : judgePath(withoutAnnotation(text));
}

/**
 * A prefix may have `..` within the name of a folder, which `/view` takes as `subfolder`, but not
 * within that of the file: `/view` refuses every file name with two dots, so such an output is
 * written and then cannot be fetched.
 */
function judgePrefix(text: string): string | undefined {
  const reason = judgePath(text);
  if (reason !== undefined) return reason;
  return segments(text).at(-1)?.includes('..')
    ? 'A file name with ".." in it can be saved but not fetched again.'
    : undefined;
}

/** `a.png [output]` is `a.png` in another folder. */
function withoutAnnotation(name: string): string {
  const annotation = ['[input]', '[output]', '[temp]'].find((folder) => name.endsWith(folder));
  return annotation === undefined ? name : name.slice(0, -annotation.length);
}

function judgePath(path: string): string | undefined {
  if (path.includes('\0')) return 'A path must not hold a NUL character.';
  // The engine may run on Windows, where a backslash separates and `C:x` is a path on another drive.
  if (/^(?:[/\\]|[A-Za-z]:)/.test(path.trimStart())) {
    return "A path must be relative to ComfyUI's own folders.";
  }
  return segments(path).some((segment) => segment.trim() === '..')
    ? 'A path must not climb with "..".'
    : undefined;
}

function segments(path: string): readonly string[] {
  return path.split(/[/\\]/);
}

/** Data URIs, URLs and base64 become assets before ComfyUI sees a name; a JPEG begins `/9j/`. */
function isContent(text: string): boolean {
  return /^(?:data:[^,]*,|https?:\/\/)/i.test(text) || (text.length >= 64 && BASE64.test(text));
}

const BASE64 = /^[A-Za-z0-9+/=\s]+$/;

/** By the first bytes of JPEG, PNG, GIF, BMP, TIFF, RIFF, FLAC, MP3, Ogg, EBML, glTF and MP4 files. */
function beginsLikeAFile(base64: string): boolean {
  const head = Buffer.from(base64.trimStart().slice(0, 32), 'base64').toString('latin1');
  return SIGNATURE.test(head) || head.slice(4, 8) === 'ftyp';
}

const SIGNATURE =
  /^(?:\xff\xd8\xff|\x89PNG|GIF8|BM|II\*\0|MM\0\*|RIFF|fLaC|ID3|\xff[\xfb\xf3\xf2]|OggS|\x1aE\xdf\xa3|glTF)/;
