import { promptIdOf, type EngineMessage } from '@gateway/comfy-protocol';

import type { PromptRun } from './prompt.run';

/** Every run by its prompt id: an event costs one look into a map, however many runs there are. */
export class RunRegistry {
  private readonly runs = new Map<string, PromptRun>();
  /**
   * Events of unknown prompts while an answer is awaited: engines before 0.3.45 mint the id, and
   * their first events can overtake the answer that tells it.
   */
  private strays: EngineMessage[] = [];
  private submitting = 0;

  get size(): number {
    return this.runs.size;
  }

  all(): readonly PromptRun[] {
    return [...this.runs.values()];
  }

  add(run: PromptRun): void {
    if (this.runs.has(run.promptId)) {
      throw new Error(`The prompt id ${run.promptId} is already in use`);
    }
    this.runs.set(run.promptId, run);
  }

  remove(run: PromptRun): void {
    if (this.runs.get(run.promptId) === run) this.runs.delete(run.promptId);
  }

  /** Gives the run the engine's id for it; answers with the events that came for that id so far. */
  adopt(run: PromptRun, promptId: string): readonly EngineMessage[] {
    if (promptId === run.promptId) return [];
    this.remove(run);
    this.runs.set(promptId, run);
    return this.strays.filter((message) => promptIdOf(message) === promptId);
  }

  submissionBegins(): void {
    this.submitting += 1;
  }

  submissionEnds(): void {
    this.submitting -= 1;
    if (this.submitting === 0) this.strays = [];
  }

  dispatch(message: EngineMessage): void {
    const promptId = promptIdOf(message);
    if (promptId === undefined) return;
    const run = this.runs.get(promptId);
    if (run !== undefined) run.take(message);
    else if (this.submitting > 0 && message.type !== 'progress_state') this.keepStray(message);
  }

  /** A run whose first events fall out here was not heard from its start, so history decides. */
  private keepStray(message: EngineMessage): void {
    if (this.strays.length >= MAX_STRAYS) this.strays.shift();
    this.strays.push(message);
  }
}

const MAX_STRAYS = 512;
