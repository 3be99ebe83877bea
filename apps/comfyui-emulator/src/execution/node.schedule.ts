import { isLink, type NodeId, type PromptGraph } from '@gateway/comfy-protocol';

import type { NodeTraits } from './node.library';

/** What the schedule asks about nodes. */
export interface ScheduleFacts {
  readonly graph: PromptGraph;
  readonly isCached: (nodeId: NodeId) => boolean;
  readonly traitsOf: (classType: string) => NodeTraits;
}

/** Raised when nodes are left but each waits for another. */
export class DependencyCycleError extends Error {
  constructor(readonly nodeIds: readonly NodeId[]) {
    super('Dependency cycle detected');
    this.name = 'DependencyCycleError';
  }
}

/**
 * Which node runs next. Ancestors of the wanted outputs are collected depth first, stopping at
 * cached sources; among nodes whose sources are done, previews come as early as possible.
 */
export class NodeSchedule {
  /** Insertion order matters: the first ready node wins a tie. */
  private readonly pending = new Set<NodeId>();
  private readonly blockers = new Map<NodeId, Set<NodeId>>();
  private readonly consumers = new Map<NodeId, Set<NodeId>>();

  constructor(private readonly facts: ScheduleFacts) {}

  get isEmpty(): boolean {
    return this.pending.size === 0;
  }

  add(root: NodeId): void {
    const stack = [root];
    const links: (readonly [source: NodeId, consumer: NodeId])[] = [];
    for (let nodeId = stack.pop(); nodeId !== undefined; nodeId = stack.pop()) {
      if (this.pending.has(nodeId)) continue;
      this.pending.add(nodeId);
      this.blockers.set(nodeId, new Set());
      this.consumers.set(nodeId, new Set());
      for (const source of this.sourcesOf(nodeId)) {
        if (this.facts.isCached(source)) continue;
        stack.push(source);
        links.push([source, nodeId]);
      }
    }
    for (const [source, consumer] of links) {
      this.consumers.get(source)?.add(consumer);
      this.blockers.get(consumer)?.add(source);
    }
  }

  /**
   * The node to run now; it stays pending until {@link complete}.
   *
   * @throws DependencyCycleError when no node is ready.
   */
  next(): NodeId {
    const ready = [...this.pending].filter((nodeId) => this.blockers.get(nodeId)?.size === 0);
    const [first] = ready;
    if (first === undefined) throw new DependencyCycleError([...this.pending]);
    return (
      ready.find((nodeId) => this.isOutput(nodeId)) ??
      ready.find((nodeId) => this.feedsOutput(nodeId)) ??
      ready.find((nodeId) => this.consumersOf(nodeId).some((next) => this.feedsOutput(next))) ??
      first
    );
  }

  complete(nodeId: NodeId): void {
    for (const consumer of this.consumersOf(nodeId)) this.blockers.get(consumer)?.delete(nodeId);
    this.pending.delete(nodeId);
  }

  /** Lazy inputs count as well: our nodes never ask for them one by one. */
  private sourcesOf(nodeId: NodeId): readonly NodeId[] {
    const inputs = this.facts.graph[nodeId]?.inputs ?? {};
    return Object.values(inputs).flatMap((value) => (isLink(value) ? [value[0]] : []));
  }

  private feedsOutput(nodeId: NodeId): boolean {
    return this.consumersOf(nodeId).some((consumer) => this.isOutput(consumer));
  }

  private consumersOf(nodeId: NodeId): readonly NodeId[] {
    return [...(this.consumers.get(nodeId) ?? [])];
  }

  private isOutput(nodeId: NodeId): boolean {
    const node = this.facts.graph[nodeId];
    return node !== undefined && this.facts.traitsOf(node.class_type).isOutput;
  }
}
