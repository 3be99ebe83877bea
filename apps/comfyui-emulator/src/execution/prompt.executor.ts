import {
  isJsonObject,
  type HistoryEntry,
  type JsonValue,
  type NodeId,
  type NodeUi,
  type PromptGraph,
  type QueueItem,
} from '@gateway/comfy-protocol';

import type { NodeContext } from '../nodes/node-class';
import { computeCacheKeys } from './cache.keys';
import type { ExecutionWorld } from './execution.world';
import { ProgressTracker } from './progress.tracker';
import { PromptExecution, type Ending } from './prompt.execution';
import { PromptEvents, readPromptFacts, type PromptFacts } from './prompt.run';

/** Runs prompts, one at a time, and says what history keeps of each. */
export class PromptExecutor {
  constructor(private readonly world: ExecutionWorld) {}

  /**
   * @returns the history entry, with the queue item as it stands
   * @throws what ComfyUI fails at outside of its guard around nodes; its worker dies of it.
   */
  async execute(item: QueueItem): Promise<HistoryEntry> {
    const { world } = this;
    const prompt = readPromptFacts(item);
    world.interrupt.lower();
    world.shown.clientId = prompt.clientId;
    const events = new PromptEvents(world.hub, prompt, world.now);
    events.record('execution_start', { prompt_id: prompt.promptId });

    const { keys, fingerprints } = await computeCacheKeys(
      prompt.graph,
      world.library,
      world.folders,
    );
    world.cache.keepFor(keys);
    const isCached = (nodeId: NodeId): boolean => world.cache.get(keys.get(nodeId)) !== undefined;
    events.record('execution_cached', {
      nodes: Object.keys(prompt.graph).filter(isCached),
      prompt_id: prompt.promptId,
    });

    const scope = {
      world,
      prompt,
      progress: this.trackProgress(prompt),
      metadata: this.metadataOf(prompt, fingerprints),
    };
    const execution = new PromptExecution(world, prompt, events, scope, keys);
    const ending = await execution.run();
    world.shown.nodeId = undefined;
    await world.scenarios.beforeHistory(prompt);
    return { prompt: item, ...this.outputsOf(prompt, execution), status: statusOf(ending, events) };
  }

  private trackProgress(prompt: PromptFacts): ProgressTracker {
    const { hub, profile, now } = this.world;
    return new ProgressTracker({
      hub,
      promptId: prompt.promptId,
      clientId: prompt.clientId,
      sendsStates: profile.progressState,
      throttles: profile.throttlesProgress,
      now,
    });
  }

  private metadataOf(
    prompt: PromptFacts,
    fingerprints: ReadonlyMap<NodeId, string | number>,
  ): NodeContext['metadata'] {
    if (!this.world.metadata) return undefined;
    const extraPnginfo = prompt.extraData['extra_pnginfo'];
    return {
      prompt: withFingerprints(prompt.graph, fingerprints) as unknown as JsonValue,
      extraPnginfo: isJsonObject(extraPnginfo) ? extraPnginfo : {},
    };
  }

  /** Ui of every node with a kept result, or only of those this run told of. */
  private outputsOf(
    prompt: PromptFacts,
    execution: PromptExecution,
  ): Pick<HistoryEntry, 'outputs'> & { readonly meta: Record<NodeId, JsonValue> } {
    const outputs: Record<NodeId, NodeUi> = {};
    const meta: Record<NodeId, JsonValue> = {};
    const reportedOnly = this.world.profile.historyOutputs === 'reported';
    for (const nodeId of Object.keys(prompt.graph)) {
      if (reportedOnly && !execution.reported.has(nodeId)) continue;
      const record = execution.recordOf(nodeId);
      if (record?.ui === undefined) continue;
      outputs[nodeId] = record.ui;
      if (record.meta !== undefined) meta[nodeId] = record.meta;
    }
    return { outputs, meta };
  }
}

function statusOf(ending: Ending, events: PromptEvents): NonNullable<HistoryEntry['status']> {
  const succeeded = ending === 'success';
  return {
    status_str: succeeded ? 'success' : 'error',
    completed: succeeded,
    messages: events.messages,
  };
}

/** ComfyUI leaves its change marks in the prompt it writes into files. */
function withFingerprints(
  graph: PromptGraph,
  fingerprints: ReadonlyMap<NodeId, string | number>,
): Readonly<Record<NodeId, unknown>> {
  if (fingerprints.size === 0) return graph;
  return Object.fromEntries(
    Object.entries(graph).map(([nodeId, node]) => {
      const fingerprint = fingerprints.get(nodeId);
      return [nodeId, fingerprint === undefined ? node : { ...node, is_changed: [fingerprint] }];
    }),
  );
}
