import { setTimeout as delay } from 'node:timers/promises';

import type { HistoryEntry, NodeId, NodeUi, QueueItem } from '@gateway/comfy-protocol';

import type { ExecutionWorld } from '../execution/execution.world';
import { reportProgress } from '../execution/node.context';
import { ProgressTracker } from '../execution/progress.tracker';
import { PromptEvents, readPromptFacts, type PromptFacts } from '../execution/prompt.run';
import type { TurboMode } from './turbo.mode';

/** Timers are no finer than this; more steps share a pause. */
const SHORTEST_PAUSE_MS = 5;

/**
 * Runs prompts without their nodes: the messages of a prompt whose models are loaded and whose
 * inputs are cached, a pause, and prepared files. Nothing interrupts it, and no fault strikes in it.
 */
export class TurboExecutor {
  constructor(
    private readonly world: ExecutionWorld,
    private readonly turbo: TurboMode,
  ) {}

  async execute(item: QueueItem): Promise<HistoryEntry> {
    const prompt = readPromptFacts(item);
    const events = new PromptEvents(this.world.hub, prompt, this.world.now);
    const progress = this.trackProgress(prompt);
    const sampler = samplerOf(prompt);
    const ran = new Set([...(sampler === undefined ? [] : [sampler]), ...prompt.outputs]);
    events.record('execution_start', { prompt_id: prompt.promptId });
    events.record('execution_cached', {
      nodes: Object.keys(prompt.graph).filter((nodeId) => !ran.has(nodeId)),
      prompt_id: prompt.promptId,
    });
    await this.sample(sampler, prompt, events, progress);
    const outputs: Record<NodeId, NodeUi> = {};
    for (const nodeId of prompt.outputs) {
      begin(nodeId, prompt, events, progress);
      const output = await this.save(nodeId, prompt);
      outputs[nodeId] = output;
      events.tell('executed', { ...about(nodeId, prompt), output });
      progress.finish(nodeId);
    }
    events.record('execution_success', { prompt_id: prompt.promptId });
    const status = { status_str: 'success', completed: true, messages: events.messages } as const;
    return { prompt: item, outputs, status };
  }

  private async sample(
    sampler: NodeId | undefined,
    prompt: PromptFacts,
    events: PromptEvents,
    progress: ProgressTracker,
  ): Promise<void> {
    const { world } = this;
    const { delay: durationMs, steps } = this.turbo.settings;
    if (sampler === undefined || steps === 0) {
      if (durationMs > 0) await delay(durationMs);
      return;
    }
    begin(sampler, prompt, events, progress);
    const stepsAPause = Math.ceil((SHORTEST_PAUSE_MS * steps) / Math.max(durationMs, 1));
    for (let step = 1; step <= steps; step += 1) {
      const isPause = step % stepsAPause === 0 || step === steps;
      if (durationMs > 0 && isPause) {
        const share = (step % stepsAPause === 0 ? stepsAPause : step % stepsAPause) / steps;
        await delay(durationMs * share);
      }
      reportProgress({ world, prompt, progress }, sampler, step, steps, this.turbo.preview);
    }
    progress.finish(sampler);
  }

  private async save(nodeId: NodeId, prompt: PromptFacts): Promise<NodeUi> {
    const { settings, output } = this.turbo;
    const node = prompt.graph[nodeId];
    const prefix = node?.inputs['filename_prefix'];
    const type = node?.class_type.startsWith('Preview') === true ? 'temp' : 'output';
    const images = [];
    for (let count = 0; count < settings.outputs; count += 1) {
      const name = typeof prefix === 'string' ? prefix : 'turbo';
      images.push(await output.save(name, type, this.world.folders[type]));
    }
    return { images };
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
}

/** The node whose steps are told of. */
function samplerOf({ graph }: PromptFacts): NodeId | undefined {
  return Object.keys(graph).find((nodeId) => graph[nodeId]?.inputs['steps'] !== undefined);
}

function begin(
  nodeId: NodeId,
  prompt: PromptFacts,
  events: PromptEvents,
  progress: ProgressTracker,
): void {
  progress.start(nodeId);
  events.tell('executing', about(nodeId, prompt));
}

function about(nodeId: NodeId, { promptId }: PromptFacts) {
  return { node: nodeId, display_node: nodeId, prompt_id: promptId };
}
