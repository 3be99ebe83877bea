import { isJsonObject, type JsonValue } from './json';
import type { ObjectInfo } from './object-info';
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
  const isWellKnown = classType.startsWith('Load') && FILE_INPUTS.has(input);
  return isWellKnown || isMarkedAsUpload(classType, input, objectInfo) ? judgeFile : undefined;
}

const FILE_INPUTS = new Set(['image', 'audio', 'video', 'file', 'mask', 'latent', 'model_file']);

function isMarkedAsUpload(classType: string, input: string, objectInfo: ObjectInfo): boolean {
  const info = Object.hasOwn(objectInfo, classType) ? objectInfo[classType] : undefined;
  const options = info?.input.required?.[input]?.[1] ?? info?.input.optional?.[input]?.[1];
  return Object.entries(options ?? {}).some(
    ([option, value]) => value === true && (option === 'upload' || option.endsWith('_upload')),
  );
}

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

function judgeFile(text: string): string | undefined {
  if (isContent(text)) return undefined;
  return judgePath(withoutAnnotation(text));
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
