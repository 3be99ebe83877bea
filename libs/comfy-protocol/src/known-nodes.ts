import { isJsonObject, type JsonObject, type JsonValue } from './json';
import type { NodeClassInfo, ObjectInfo } from './object-info';
import type { PromptError } from './prompt-errors';
import type { NodeId } from './prompt-graph';
import { pythonStr } from './python-text';

/** The nodes of a graph, each an object of a known class. */
export type KnownNodes = ReadonlyMap<NodeId, KnownNode>;

export interface KnownNode {
  readonly classType: string;
  readonly info: NodeClassInfo;
  readonly node: JsonObject;
}

/** ComfyUI's first walk: finds each node's class, and stops at the first that has none. */
export function readNodes(
  graph: JsonValue,
  objectInfo: ObjectInfo,
  reportsMissingNodeType: boolean,
):
  | { readonly outcome: 'read'; readonly nodes: KnownNodes }
  | { readonly outcome: 'refused'; readonly error: PromptError } {
  if (!isJsonObject(graph)) return { outcome: 'refused', error: NOT_A_GRAPH };
  const nodes = new Map<NodeId, KnownNode>();
  for (const [id, node] of Object.entries(graph)) {
    const read = readNode(node, objectInfo);
    if (typeof read === 'string') {
      const error = reportsMissingNodeType
        ? missingNodeType(id, node, read)
        : invalidPrompt(id, node, read);
      return { outcome: 'refused', error };
    }
    nodes.set(id, read);
  }
  return { outcome: 'read', nodes };
}

type Problem = 'not-an-object' | 'no-class' | 'unknown-class';

function readNode(node: JsonValue, objectInfo: ObjectInfo): KnownNode | Problem {
  // Python looks for the key in texts and lists, too: that is what becomes of a UI-format workflow.
  if (typeof node === 'string' || Array.isArray(node)) return 'no-class';
  if (!isJsonObject(node)) return 'not-an-object';
  if (!Object.hasOwn(node, 'class_type')) return 'no-class';
  const classType = node['class_type'];
  if (typeof classType !== 'string') return 'unknown-class';
  const info = Object.hasOwn(objectInfo, classType) ? objectInfo[classType] : undefined;
  return info === undefined ? 'unknown-class' : { classType, info, node };
}

function invalidPrompt(id: NodeId, node: JsonValue, problem: Problem): PromptError {
  return {
    type: 'invalid_prompt',
    message: `Cannot execute because ${describe(node, problem)}.`,
    details: `Node ID '#${id}'`,
    extra_info: {},
  };
}

function describe(node: JsonValue, problem: Problem): string {
  switch (problem) {
    case 'not-an-object':
      return 'a node is not an object';
    case 'no-class':
      return 'a node is missing the class_type property';
    case 'unknown-class':
      return `node ${pythonStr(classTypeOf(node))} does not exist`;
  }
}

/** Since 0.12 (upstream PR 12194). */
function missingNodeType(id: NodeId, node: JsonValue, problem: Problem): PromptError {
  if (problem === 'not-an-object') return invalidPrompt(id, node, problem);
  const title = titleOf(node);
  const classType = classTypeOf(node);
  const isUnknown = problem === 'unknown-class';
  return {
    type: 'missing_node_type',
    message: isUnknown
      ? `Node '${pythonStr(title ?? classType)}' not found. The custom node may not be installed.`
      : `Node '${pythonStr(title ?? `ID #${id}`)}' has no class_type. The workflow may be corrupted or a custom node is missing.`,
    details: `Node ID '#${id}'`,
    extra_info: {
      node_id: id,
      class_type: classType,
      node_title: title ?? (isUnknown ? classType : null),
    },
  };
}

function classTypeOf(node: JsonValue): JsonValue {
  return isJsonObject(node) ? (node['class_type'] ?? null) : null;
}

function titleOf(node: JsonValue): JsonValue | undefined {
  const meta = isJsonObject(node) ? node['_meta'] : undefined;
  return isJsonObject(meta) ? meta['title'] : undefined;
}

const NOT_A_GRAPH: PromptError = {
  type: 'invalid_prompt',
  message: 'Cannot execute because the prompt is not an object of nodes.',
  details: '',
  extra_info: {},
};
