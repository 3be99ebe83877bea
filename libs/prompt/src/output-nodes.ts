import type { NodeId, ObjectInfo, PromptGraph } from '@gateway/comfy-protocol';

/** The nodes that ComfyUI runs for their own sake; every other one runs if one of these needs it. */
export function outputNodesOf(graph: PromptGraph, objectInfo: ObjectInfo): readonly NodeId[] {
  return Object.entries(graph)
    .filter(([, { class_type }]) => objectInfo[class_type]?.output_node === true)
    .map(([nodeId]) => nodeId);
}
