import { directoryItems } from './file-inputs';
import { isJsonObject, type JsonObject, type JsonValue } from './json';
import { isLink, type NodeId } from './prompt-graph';

export type GraphProblemCode =
  | 'graph_not_object'
  | 'workflow_format_ui'
  | 'graph_empty'
  | 'node_id_reserved'
  | 'node_not_object'
  | 'class_type_missing'
  | 'inputs_missing'
  | 'bad_link';

/** Why a value cannot be a graph in API format, in words for the person who sent it. */
export interface GraphProblem {
  readonly code: GraphProblemCode;
  readonly message: string;
  /** `prompt`, `prompt.<id>`, `prompt.<id>.inputs` or `prompt.<id>.inputs.<name>`. */
  readonly location: string;
  readonly nodeId?: NodeId;
}

/**
 * The first thing that keeps a value from being a graph in API format; `undefined` when it is one.
 *
 * Without these checks ComfyUI answers 500, or worse: a node that no output needs and that has no
 * `inputs` is accepted and then kills the worker thread.
 */
export function describeGraphProblem(value: JsonValue): GraphProblem | undefined {
  if (!isJsonObject(value)) {
    return ofGraph('graph_not_object', 'The prompt must be an object of nodes, keyed by node id.');
  }
  if (Array.isArray(value['nodes']) && Array.isArray(value['links'])) {
    return ofGraph(
      'workflow_format_ui',
      'This is a workflow saved for the ComfyUI page. Export it with "Export (API)" and send that.',
    );
  }
  const nodes = Object.entries(value);
  if (nodes.length === 0) return ofGraph('graph_empty', 'The prompt has no nodes.');
  return firstOf(nodes, ([id, node]) => describeNode(id, node));
}

function describeNode(nodeId: NodeId, node: JsonValue): GraphProblem | undefined {
  const location = `prompt.${nodeId}`;
  if (nodeId === '__proto__') {
    // Any copy of the graph, such as a schema makes, may lose this node without a word.
    const message = 'No node may have the id "__proto__".';
    return { code: 'node_id_reserved', message, location, nodeId };
  }
  if (!isJsonObject(node)) {
    const message = `Node ${nodeId} must be an object with "class_type" and "inputs".`;
    return { code: 'node_not_object', message, location, nodeId };
  }
  if (typeof own(node, 'class_type') !== 'string') {
    const message = `Node ${nodeId} must name its class in "class_type".`;
    return { code: 'class_type_missing', message, location: `${location}.class_type`, nodeId };
  }
  const inputs = own(node, 'inputs');
  if (!isJsonObject(inputs)) {
    const message = `Node ${nodeId} must have an "inputs" object, even an empty one.`;
    return { code: 'inputs_missing', message, location: `${location}.inputs`, nodeId };
  }
  const classType = own(node, 'class_type') as string;
  return firstOf(Object.entries(inputs), ([name, input]) =>
    directoryItems(classType, name, input) ? undefined : describeInput(nodeId, name, input),
  );
}

function describeInput(nodeId: NodeId, name: string, input: JsonValue): GraphProblem | undefined {
  if (!Array.isArray(input) || (isLink(input) && input[1] >= 0)) return undefined;
  return {
    code: 'bad_link',
    message: `Input "${name}" of node ${nodeId} is an array, so it must be a link: ["<node id>", <output number>]. A list as a value is written {"__value__": [...]}.`,
    location: `prompt.${nodeId}.inputs.${name}`,
    nodeId,
  };
}

function ofGraph(code: GraphProblemCode, message: string): GraphProblem {
  return { code, message, location: 'prompt' };
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function firstOf<Item, Found>(
  items: readonly Item[],
  find: (item: Item) => Found | undefined,
): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
