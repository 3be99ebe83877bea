import { randomBytes } from 'node:crypto';

import {
  directoryItems,
  directoryNaming,
  inputTextKind,
  isWellKnownFileInput,
  uploadKind,
  type InputTextKind,
  type JsonValue,
  type ObjectInfo,
  type PromptGraph,
  type UploadKind,
} from '@gateway/comfy-protocol';

/** A place of a graph where a file is expected, what stands there, and what its file will be called. */
export interface InputReference {
  readonly nodeId: string;
  readonly input: string;
  readonly text: string;
  readonly kind: InputTextKind;
  readonly takes: UploadKind;
  /** Folder and name, without extension, of the file that will be written for it. */
  readonly folder: string;
  readonly name: string;
  /** Its position, where the input is a whole folder of files. */
  readonly item?: number;
}

/** An input that is a folder of files, given as an array. */
export interface FolderReference {
  readonly nodeId: string;
  readonly input: string;
  readonly naming: 'name' | 'path';
  readonly folder: string;
  readonly items: readonly InputReference[];
}

export interface GraphInputs {
  readonly files: readonly InputReference[];
  readonly folders: readonly FolderReference[];
}

/**
 * Every file input of a graph. While the engine has not told which inputs are files, the well-known
 * ones count. Files of folders are numbered, because nodes read a folder in the order of its names.
 */
export function findInputs(
  prompt: PromptGraph,
  objectInfo: ObjectInfo | undefined,
  jobFolder: string,
): GraphInputs {
  const files: InputReference[] = [];
  const folders: FolderReference[] = [];
  for (const [nodeId, { class_type: classType, inputs }] of Object.entries(prompt)) {
    for (const [input, value] of Object.entries(inputs)) {
      const texts = directoryItems(classType, input, value);
      if (texts) {
        const folder = `${jobFolder}-${folders.length + 1}`;
        const items = texts.map((text, item): InputReference => {
          const name = String(item + 1).padStart(5, '0');
          const kind = inputTextKind(text);
          return { nodeId, input, text, kind, takes: 'image', folder, name, item };
        });
        folders.push({ nodeId, input, naming: directoryNaming(classType), folder, items });
      } else if (typeof value === 'string') {
        const takes = fileKind(objectInfo, classType, input);
        if (takes === undefined) continue;
        const kind = inputTextKind(value);
        files.push({
          nodeId,
          input,
          text: value,
          kind,
          takes,
          folder: jobFolder,
          name: someName(),
        });
      }
    }
  }
  return { files, folders };
}

/** Each of them, those of folders too. */
export function everyReference({ files, folders }: GraphInputs): readonly InputReference[] {
  return [...files, ...folders.flatMap(({ items }) => items)];
}

/** Whether nothing has to be written for these inputs. */
export function needsNothing({ files, folders }: GraphInputs): boolean {
  return folders.length === 0 && files.every(({ kind }) => kind === 'name');
}

/** Whether something has to be fetched, which may take minutes. */
export function namesUrls(prompt: PromptGraph, objectInfo: ObjectInfo): boolean {
  return everyReference(findInputs(prompt, objectInfo, '')).some(({ kind }) => kind === 'url');
}

/** Where a caller looks for it: `prompt.<node>.inputs.<input>`. */
export function locationOf({
  nodeId,
  input,
  item,
}: Pick<InputReference, 'nodeId' | 'input' | 'item'>): string {
  const position = item === undefined ? '' : `.${item}`;
  return `prompt.${nodeId}.inputs.${input}${position}`;
}

/** The graph as ComfyUI will see it where a folder was given as an array of files. */
export function withFoldersNamed(prompt: PromptGraph): PromptGraph {
  const changes = Object.entries(prompt).flatMap(([nodeId, { class_type: classType, inputs }]) =>
    Object.entries(inputs).flatMap(([input, value]) =>
      directoryItems(classType, input, value) ? [{ nodeId, input, value: 'folder' }] : [],
    ),
  );
  return changes.length === 0 ? prompt : withInputs(prompt, changes);
}

/** A graph with other values in some of its inputs; the original is left as it is. */
export function withInputs(
  prompt: PromptGraph,
  changes: readonly {
    readonly nodeId: string;
    readonly input: string;
    readonly value: JsonValue;
  }[],
): PromptGraph {
  const byNode = new Map<string, Record<string, JsonValue>>();
  for (const { nodeId, input, value } of changes) {
    const inputs = byNode.get(nodeId) ?? {};
    inputs[input] = value;
    byNode.set(nodeId, inputs);
  }
  return Object.fromEntries(
    Object.entries(prompt).map(([nodeId, node]) => {
      const inputs = byNode.get(nodeId);
      return [nodeId, inputs ? { ...node, inputs: { ...node.inputs, ...inputs } } : node];
    }),
  );
}

function fileKind(
  objectInfo: ObjectInfo | undefined,
  classType: string,
  input: string,
): UploadKind | undefined {
  if (objectInfo) return uploadKind(objectInfo, classType, input);
  return isWellKnownFileInput(classType, input) ? 'any' : undefined;
}

/** For a file whose own name must not count. */
export function someName(): string {
  return randomBytes(6).toString('hex');
}
