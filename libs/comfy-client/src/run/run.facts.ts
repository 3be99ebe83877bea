import {
  readNodeUi,
  type EngineMessage,
  type NodeId,
  type NodeUi,
  type OutputItem,
  type PromptGraph,
} from '@gateway/comfy-protocol';

import type { PromptEnding, RunTiming } from './prompt-ending';

/** How the engine itself says that a prompt ended. */
export type TerminalMessage = Extract<
  EngineMessage,
  { type: 'execution_success' | 'execution_error' | 'execution_interrupted' }
>;

/** What a node put out. `nodeId` is the visible node; an expanded one runs under an id of its own. */
export interface NodeResult {
  readonly nodeId: NodeId;
  readonly ui: NodeUi | null;
}

/** All that an ending is made of, whether events told it or the history did. */
export interface RunFacts {
  readonly startedAt: number | undefined;
  readonly cachedNodes: readonly NodeId[];
  readonly nodeStarts: Readonly<Record<NodeId, { readonly start: number }>>;
  readonly results: readonly NodeResult[];
}

/** The ending that a terminal message and the facts before it amount to. */
export function endingOf(
  terminal: TerminalMessage,
  facts: RunFacts,
  graph: PromptGraph,
  now: number,
): PromptEnding {
  const timing = timingOf(facts, terminal.data.timestamp ?? now);
  switch (terminal.type) {
    case 'execution_success':
      return {
        outcome: 'succeeded',
        outputs: outputsOf(facts, graph),
        cachedNodes: facts.cachedNodes,
        timing,
      };
    case 'execution_error':
      return {
        outcome: 'failed',
        error: terminal.data,
        outputs: outputsOf(facts, graph),
        timing,
      };
    case 'execution_interrupted': {
      const { node_id: nodeId, node_type: nodeType } = terminal.data;
      return { outcome: 'interrupted', at: { nodeId, nodeType }, timing };
    }
  }
}

/** The ending of a prompt that was taken back before it started. */
export function neverStarted(now: number): PromptEnding {
  const timing = { startedAt: now, endedAt: now, nodes: {} };
  return { outcome: 'interrupted', at: undefined, timing };
}

function timingOf(facts: RunFacts, endedAt: number): RunTiming {
  return { startedAt: facts.startedAt ?? endedAt, endedAt, nodes: facts.nodeStarts };
}

/** Events come in order of execution, history in its own: both are brought into graph order. */
function outputsOf(facts: RunFacts, graph: PromptGraph): OutputItem[] {
  const places = new Map(Object.keys(graph).map((nodeId, place) => [nodeId, place]));
  const placeOf = (result: NodeResult): number => places.get(result.nodeId) ?? places.size;
  return facts.results
    .toSorted((a, b) => placeOf(a) - placeOf(b))
    .flatMap(({ nodeId, ui }) => readNodeUi(nodeId, ui));
}
