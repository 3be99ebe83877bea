import type { HistoryEntry, QueueItem } from '@gateway/comfy-protocol';

import type { PromptHistory } from '../queue/prompt.history';
import type { PromptQueue } from '../queue/prompt.queue';
import { withoutSecrets } from '../queue/queue.item';
import type { ExecutionWorld } from './execution.world';
import type { PromptLanes } from './prompt.lanes';
import { readPromptFacts } from './prompt.run';
import { describeDeath } from './worker.death';

/** Runs a prompt, and says what history keeps of it. */
interface Executor {
  /** @throws what ComfyUI's worker dies of. */
  execute(item: QueueItem): Promise<HistoryEntry>;
}

/** ComfyUI's one worker thread: takes prompts from the queue and runs them one after the other. */
export class PromptWorker {
  private finished = 0;

  constructor(
    private readonly queue: PromptQueue,
    private readonly history: PromptHistory,
    private readonly executor: Executor,
    private readonly lanes: PromptLanes,
    private readonly world: ExecutionWorld,
  ) {}

  /** Prompts that came to an end, of any kind. */
  get promptsRun(): number {
    return this.finished;
  }

  /** Resolves when the worker dies; the server goes on without it. */
  async run(): Promise<void> {
    try {
      for (;;) {
        await this.queue.changed();
        const item = this.queue.take();
        if (item !== undefined) await this.lanes.run(() => this.runPrompt(item));
        this.applyFree();
      }
    } catch (error) {
      const obituary = describeDeath(error);
      if (obituary !== undefined) this.world.log.raw(obituary);
    }
  }

  private async runPrompt(item: QueueItem): Promise<void> {
    const { world } = this;
    const prompt = readPromptFacts(item);
    const startedAt = world.now();
    await world.scenarios.onPromptTaken(prompt);
    const entry = await this.executor.execute(item);
    const kept = world.profile.hidesSecrets === 'nowhere' ? item : withoutSecrets(item);
    this.queue.finish(item, () => this.history.add(prompt.promptId, { ...entry, prompt: kept }));
    this.finished += 1;
    if (prompt.clientId !== undefined) {
      const end = { node: null, prompt_id: prompt.promptId };
      world.hub.publish('executing', end, prompt.clientId);
    }
    world.log.info(`Prompt executed in ${describeDuration(world.now() - startedAt)}`);
  }

  private applyFree(): void {
    if (this.queue.takeFreeFlags().freeMemory) this.world.cache.clear();
  }
}

function describeDuration(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (seconds <= 600) return `${seconds.toFixed(2)} seconds`;
  return new Date(durationMs).toISOString().slice(11, 19);
}
