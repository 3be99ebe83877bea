import { directoryItems, isUploadInput, isWellKnownFileInput, textsOf } from './file-inputs';
import { looksLikeInlineContent } from './inline-content';
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
      const unsafe =
        judge && firstUnsafe(directoryItems(classType, input, value) ?? textsOf(value), judge);
      if (unsafe) return { nodeId, input, ...unsafe };
    }
  }
  return undefined;
}

type Judge = (text: string) => string | undefined;

function judgeOf(classType: string, input: string, objectInfo: ObjectInfo): Judge | undefined {
  if (input === 'filename_prefix') return judgePrefix;
  const isFile =
    isWellKnownFileInput(classType, input) || isUploadInput(objectInfo, classType, input);
  return isFile ? judgeFile : undefined;
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
  if (!looksLikeInlineContent(text)) return judgePath(withoutAnnotation(text));
  // Where nobody turns it into a file, ComfyUI takes `data:,/../../x` for a name below its folder.
  return climbsOut(text) ? CLIMBS : undefined;
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
  return segments(path).some((segment) => segment.trim() === '..') ? CLIMBS : undefined;
}

const CLIMBS = 'A path must not climb with "..".';

/** Whether a path has more steps up than down before them. */
function climbsOut(path: string): boolean {
  // Megabytes of base64 hold no dots, and need not be cut into pieces.
  if (!path.includes('..')) return false;
  let depth = 0;
  return segments(path).some((segment) => {
    const name = segment.trim();
    if (name === '..') depth -= 1;
    else if (name !== '' && name !== '.') depth += 1;
    return depth < 0;
  });
}

function segments(path: string): readonly string[] {
  return path.split(/[/\\]/);
}
