import type { JsonObject, JsonValue } from './json';

/** A graph in ComfyUI's API format: node id → node. Ids are arbitrary strings. */
export type PromptGraph = Readonly<Record<NodeId, PromptNode>>;

export type NodeId = string;

/** One node of a graph. Keys besides these three are kept verbatim by ComfyUI. */
export interface PromptNode {
  readonly class_type: string;
  readonly inputs: JsonObject;
  readonly _meta?: JsonValue;
}

/** A connection: the source node's id and the number of its output slot. */
export type Link = readonly [NodeId, number];

/** ComfyUI takes any JSON array in an input for a link; this one is well formed. */
export function isLink(value: JsonValue | undefined): value is Link {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    typeof value[0] === 'string' &&
    Number.isInteger(value[1])
  );
}
