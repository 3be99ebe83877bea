import type { NodeId } from './prompt-graph';

/**
 * Which refused outputs each failed node is reported with.
 *
 * ComfyUI adds a refused output to every node that failed so far, whether it leads there or not;
 * with several refused outputs the list is therefore longer than it ought to be. Ours has an end,
 * because a graph of bad outputs would otherwise make an answer, and a delay, of its size squared.
 */
export class DependentOutputs {
  readonly byNode = new Map<NodeId, NodeId[]>();
  /** Lists fill in the order in which nodes failed; those before this one are full. */
  private firstOpen = 0;

  /** `maxNodes`: how many nodes, the first that failed, get a list at all. */
  constructor(private readonly maxNodes: number) {}

  /** `failed`: all that failed so far, in one order that only grows. */
  add(failed: readonly NodeId[], output: NodeId): void {
    const end = Math.min(failed.length, this.maxNodes);
    for (let index = this.firstOpen; index < end; index += 1) {
      const id = failed[index];
      if (id === undefined) continue;
      const ofNode = this.byNode.get(id) ?? [];
      this.byNode.set(id, ofNode);
      ofNode.push(output);
      if (ofNode.length >= MAX_DEPENDENT_OUTPUTS) this.firstOpen = index + 1;
    }
  }
}

const MAX_DEPENDENT_OUTPUTS = 100;
