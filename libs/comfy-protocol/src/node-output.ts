import { isJsonObject, type JsonObject, type JsonValue } from './json';
import type { NodeId } from './prompt-graph';

/** A node's `ui` dict: any key → a list of items. Shared by `executed` events and history. */
export type NodeUi = JsonObject;

/** Where ComfyUI keeps a file. */
export type FileType = 'output' | 'temp' | 'input';

/** A file item of a ui dict, with the key it stood under (`images`, `gifs`, `audio`, `3d`, …). */
export interface OutputFile {
  readonly kind: 'file';
  readonly nodeId: NodeId;
  readonly key: string;
  readonly filename: string;
  /** `""` or `a/b`. */
  readonly subfolder: string;
  readonly type: FileType;
}

/** A text item, such as `PreviewAny` reports under `text`. */
export interface OutputText {
  readonly kind: 'text';
  readonly nodeId: NodeId;
  readonly key: string;
  readonly text: string;
}

export type OutputItem = OutputFile | OutputText;

/**
 * Everything a node put out: each object with a `filename` under any key is a file (of type `output`
 * unless it says otherwise), each string under `text` is text, each path of a 3D model under `result`
 * is a file. Flags such as `animated` are none of these.
 */
export function readNodeUi(nodeId: NodeId, ui: NodeUi | null): OutputItem[] {
  if (ui === null) return [];
  return Object.entries(ui).flatMap(([key, items]) =>
    (Array.isArray(items) ? (items as readonly JsonValue[]) : [items]).flatMap((item) =>
      typeof item === 'string' ? readString(nodeId, key, item) : readItem(nodeId, key, item),
    ),
  );
}

function readString(nodeId: NodeId, key: string, text: string): OutputItem[] {
  if (key === 'text') return [{ kind: 'text', nodeId, key, text }];
  return key === 'result' ? readModelPath(nodeId, key, text) : [];
}

/**
 * `Preview3D` reports `{"result": ["<path below the output folder>", camera | null]}`. Custom nodes
 * put any text there, so only what ends as a 3D model does is a file.
 */
function readModelPath(nodeId: NodeId, key: string, path: string): OutputItem[] {
  const segments = path.replaceAll('\\', '/').split('/');
  const filename = segments.pop() ?? '';
  const leaves = /^(?:[/\\]|[A-Za-z]:)|\0/.test(path) || segments.includes('..');
  if (leaves || !MODEL_FILE.test(filename)) return [];
  return [{ kind: 'file', nodeId, key, filename, subfolder: segments.join('/'), type: 'output' }];
}

const MODEL_FILE = /[^.]\.(?:3mf|dae|fbx|glb|gltf|ksplat|obj|ply|splat|spz|stl|usd[acz]?)$/i;

function readItem(nodeId: NodeId, key: string, item: JsonValue): OutputItem[] {
  if (!isJsonObject(item)) return [];
  const { filename, subfolder, type } = item;
  if (typeof filename !== 'string' || filename === '') return [];
  // Custom nodes forget the type; what they leave lies in the output folder.
  const place = (type ?? '') === '' ? 'output' : type;
  if (!isFileType(place)) return [];
  const folder = typeof subfolder === 'string' ? subfolder.replaceAll('\\', '/') : '';
  return [{ kind: 'file', nodeId, key, filename, subfolder: folder, type: place }];
}

function isFileType(value: JsonValue | undefined): value is FileType {
  return value === 'output' || value === 'temp' || value === 'input';
}
