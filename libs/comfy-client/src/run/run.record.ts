import { readNodeUi, type EngineMessage, type NodeId } from '@gateway/comfy-protocol';

import type { RunProgress } from './prompt-ending';
import type { NodeResult, RunFacts, TerminalMessage } from './run.facts';

/** What the events of one run have told so far. */
export class RunRecord implements RunFacts {
  startedAt: number | undefined;
  cachedNodes: readonly NodeId[] = [];
  readonly nodeStarts: Record<NodeId, { readonly start: number }> = {};
  /** Set by the first terminal message. */
  terminal: TerminalMessage | undefined;
  /** `false` until `execution_start` was heard: before it, something may have been missed. */
  heardFromStart = false;
  private readonly resultsByNode = new Map<NodeId, NodeResult>();

  get results(): readonly NodeResult[] {
    return [...this.resultsByNode.values()];
  }

  /** Takes one event down; answers with what a watcher wants to hear of it. */
  take(message: EngineMessage, now: number): RunProgress | undefined {
    switch (message.type) {
      case 'execution_start':
        this.heardFromStart = true;
        this.startedAt = message.data.timestamp ?? now;
        return undefined;
      case 'execution_cached':
        this.cachedNodes = message.data.nodes;
        return { type: 'cached', nodes: message.data.nodes };
      case 'executing':
        return this.takeExecuting(message.data.display_node ?? message.data.node, now);
      case 'progress': {
        const { node, value, max } = message.data;
        return { type: 'progress', nodeId: node ?? undefined, value, max };
      }
      case 'executed': {
        const { node, display_node: displayNode, output } = message.data;
        const nodeId = displayNode ?? node;
        this.resultsByNode.set(node, { nodeId, ui: output });
        return { type: 'executed', nodeId, outputs: readNodeUi(nodeId, output) };
      }
      case 'execution_error':
        if (message.data.exception_type === BLOCKED) return undefined;
        this.terminal ??= message;
        return undefined;
      case 'execution_success':
      case 'execution_interrupted':
        this.terminal ??= message;
        return undefined;
      // A summary of what the others tell, repeated in full for every step.
      case 'progress_state':
      case 'status':
      case 'feature_flags':
        return undefined;
    }
  }

  private takeExecuting(nodeId: NodeId | null, now: number): RunProgress | undefined {
    if (nodeId === null) return undefined;
    // Lazy inputs let a node be announced twice; it began the first time.
    this.nodeStarts[nodeId] ??= { start: now };
    return { type: 'executing', nodeId };
  }
}

/** A node whose output was blocked on purpose: reported like an error, but the run goes on. */
const BLOCKED = 'ExecutionBlocked';
