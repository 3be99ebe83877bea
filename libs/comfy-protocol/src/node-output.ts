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
 * Everything a node put out: each object with a `filename` under any key is a file (of
 * type `output` unless it says otherwise), each string under `text` is text. Flags such as `animated` are neither.
 */
export function readNodeUi(nodeId: NodeId, ui: NodeUi | null): OutputItem[] {
  if (ui === null) return [];
  return Object.entries(ui).flatMap(([key, items]) =>
    (Array.isArray(items) ? (items as readonly JsonValue[]) : [items]).flatMap((item) =>
      readItem(nodeId, key, item),
    ),
  );
}

function readItem(nodeId: NodeId, key: string, item: JsonValue): OutputItem[] {
  if (typeof item === 'string') {
    return key === 'text' ? [{ kind: 'text', nodeId, key, text: item }] : [];
  }
  if (!isJsonObject(item)) return [];
  const { filename, subfolder, type } = item;
  if (typeof filename !== 'string' || filename === '') return [];
  const place = type ?? 'output';
  if (!isFileType(place)) return [];
  const folder = typeof subfolder === 'string' ? subfolder.replaceAll('\\', '/') : '';
  return [{ kind: 'file', nodeId, key, filename, subfolder: folder, type: place }];
}

function isFileType(value: JsonValue | undefined): value is FileType {
  return value === 'output' || value === 'temp' || value === 'input';
}
