import { setImmediate as nextTurn } from 'node:timers/promises';

import type { JsonObject, NodeId, NodeUi, PromptNode } from '@gateway/comfy-protocol';

import { describeFailure, type FailureDetails } from './execution.failure';
import type { ExecutionWorld } from './execution.world';
import { InterruptedError } from './interrupt.flag';
import { callNode, gatherInputs, type GatheredInputs } from './node.call';
import { createNodeContext, type RunScope } from './node.context';
import { DependencyCycleError, NodeSchedule } from './node.schedule';
import type { PromptEvents, PromptFacts } from './prompt.run';
import type { CacheKeys, NodeRecord } from './result.cache';

/** How a prompt ended. */
export type Ending = 'success' | 'error' | 'interrupted';

/** What one step of a run came to. */
type Step =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'interrupted' }
  | { readonly outcome: 'failed'; readonly failure: FailureDetails };

/** One prompt, from its first node to its terminal event. */
export class PromptExecution {
  /** Nodes that ran, in order. */
  private readonly executed = new Set<NodeId>();
  /** Nodes whose ui was told in this run, cached or not. */
  readonly reported = new Set<NodeId>();

  constructor(
    private readonly world: ExecutionWorld,
    private readonly prompt: PromptFacts,
    private readonly events: PromptEvents,
    private readonly scope: RunScope,
    private readonly keys: CacheKeys,
  ) {}

  async run(): Promise<Ending> {
    const schedule = this.plan();
    while (!schedule.isEmpty) {
      const nodeId = this.pickFrom(schedule);
      if (nodeId === undefined) return 'error';
      const node = this.prompt.graph[nodeId];
      if (node === undefined) throw new Error(`Node ${nodeId} not found`);
      const cached = this.recordOf(nodeId);
      const step: Step =
        cached === undefined ? await this.execute(nodeId, node) : this.report(nodeId, cached);
      if (step.outcome === 'interrupted') return this.interrupted(nodeId, node);
      if (step.outcome === 'failed') return this.failed(nodeId, node, step.failure);
      schedule.complete(nodeId);
    }
    this.events.record('execution_success', { prompt_id: this.prompt.promptId });
    return 'success';
  }

  /** The result of a node, of this run or of an earlier one. */
  recordOf(nodeId: NodeId): NodeRecord | undefined {
    return this.world.cache.get(this.keys.get(nodeId));
  }

  private plan(): NodeSchedule {
    const schedule = new NodeSchedule({
      graph: this.prompt.graph,
      isCached: (nodeId) => this.recordOf(nodeId) !== undefined,
      traitsOf: (classType) => this.world.library.traitsOf(classType),
    });
    for (const output of this.prompt.outputs) schedule.add(output);
    return schedule;
  }

  private pickFrom(schedule: NodeSchedule): NodeId | undefined {
    try {
      return schedule.next();
    } catch (error) {
      if (!(error instanceof DependencyCycleError)) throw error;
      const [nodeId] = error.nodeIds;
      const node = nodeId === undefined ? undefined : this.prompt.graph[nodeId];
      const failure = {
        ...describeFailure(error, {}),
        exception_type: 'graph.DependencyCycleError',
      };
      if (nodeId !== undefined && node !== undefined) this.failed(nodeId, node, failure);
      return undefined;
    }
  }

  private async execute(nodeId: NodeId, node: PromptNode): Promise<Step> {
    const { world, scope } = this;
    scope.progress.start(nodeId);
    const inputs = gatherInputs(node, (source) => this.recordOf(source));
    if (this.prompt.clientId !== undefined) world.shown.nodeId = nodeId;
    this.events.tell('executing', this.about(nodeId));
    try {
      // Lets requests in: a chain of nodes that never wait would otherwise answer nobody.
      await nextTurn();
      await this.call(nodeId, node, inputs);
    } catch (error) {
      return this.explain(error, inputs);
    }
    scope.progress.finish(nodeId);
    this.executed.add(nodeId);
    return { outcome: 'done' };
  }

  private async call(nodeId: NodeId, node: PromptNode, inputs: GatheredInputs): Promise<void> {
    const { library, scenarios, interrupt, cache } = this.world;
    const nodeClass = library.find(node.class_type);
    if (nodeClass === undefined) throw new Error(`Class ${node.class_type} not found`);
    const running = { prompt: this.prompt, nodeId, classType: node.class_type };
    interrupt.check();
    await scenarios.beforeNode(running);
    const context = createNodeContext(this.scope, nodeId);
    const result = await callNode(nodeClass, library.traitsOf(node.class_type), inputs, context);
    await scenarios.afterNode(running, result.ui);
    const key = this.keys.get(nodeId);
    if (key !== undefined) cache.set(key, { ...result, meta: metaOf(nodeId) });
    if (result.ui !== undefined) this.tellExecuted(nodeId, result.ui);
  }

  /** A cached output, or a twin that ran under another id: told, not run. */
  private report(nodeId: NodeId, record: NodeRecord): Step {
    this.tellExecuted(nodeId, record.ui ?? null);
    this.scope.progress.finish(nodeId);
    return { outcome: 'done' };
  }

  private tellExecuted(nodeId: NodeId, output: NodeUi | null): void {
    this.reported.add(nodeId);
    this.events.tell('executed', { ...this.about(nodeId), output });
  }

  private explain(error: unknown, inputs: GatheredInputs): Step {
    if (error instanceof InterruptedError) {
      this.world.log.info('Processing interrupted');
      return { outcome: 'interrupted' };
    }
    const failure = describeFailure(error, inputs);
    this.world.log.error(
      `!!! Exception during processing !!! ${failure.exception_message.trimEnd()}\n` +
        `Traceback (most recent call last):\n${failure.traceback.join('')}` +
        `${failure.exception_type}: ${failure.exception_message}`,
    );
    return { outcome: 'failed', failure };
  }

  private interrupted(nodeId: NodeId, node: PromptNode): Ending {
    this.events.recordForAll('execution_interrupted', this.endedAt(nodeId, node));
    return 'interrupted';
  }

  private failed(nodeId: NodeId, node: PromptNode, failure: FailureDetails): Ending {
    this.events.record('execution_error', {
      ...this.endedAt(nodeId, node),
      ...failure,
      current_outputs: Object.keys(this.prompt.graph),
    });
    return 'error';
  }

  private endedAt(nodeId: NodeId, node: PromptNode): JsonObject {
    return {
      prompt_id: this.prompt.promptId,
      node_id: nodeId,
      node_type: node.class_type,
      executed: [...this.executed],
    };
  }

  private about(nodeId: NodeId): JsonObject {
    return { node: nodeId, display_node: nodeId, prompt_id: this.prompt.promptId };
  }
}

function metaOf(nodeId: NodeId): JsonObject {
  return { node_id: nodeId, display_node: nodeId, parent_node: null, real_node_id: nodeId };
}
