import { isLink, type NodeId, type PromptGraph } from '@gateway/comfy-protocol';

/** How many nodes the outputs take, directly or not; all there are if nobody knows the outputs. */
export function countNeeded(graph: PromptGraph, outputs: readonly NodeId[]): number {
  const known = outputs.filter((id) => Object.hasOwn(graph, id));
  const needed = new Set<NodeId>();
  const open = known.length > 0 ? known : Object.keys(graph);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = needed.has(id) || !Object.hasOwn(graph, id) ? undefined : graph[id];
    if (!node) continue;
    needed.add(id);
    for (const value of Object.values(node.inputs)) if (isLink(value)) open.push(value[0]);
  }
  return needed.size;
}
