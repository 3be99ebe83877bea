import type { QueueItem } from '@gateway/comfy-protocol';

import { PromptHeap } from './prompt.heap';

/** What `/free` asked for; the worker applies it between prompts. */
export interface FreeFlags {
  readonly unloadModels: boolean;
  readonly freeMemory: boolean;
}

/**
 * Prompts that wait and the one that runs.
 *
 * `onUpdate` is called once per change a client is told about, as often as ComfyUI tells it.
 */
export class PromptQueue {
  private readonly pending = new PromptHeap();
  private readonly running = new Set<QueueItem>();
  private flags: FreeFlags = { unloadModels: false, freeMemory: false };
  private wake: (() => void) | undefined;

  constructor(private readonly onUpdate: () => void) {}

  /** Queued and running together. */
  get remaining(): number {
    return this.pending.size + this.running.size;
  }

  listRunning(): readonly QueueItem[] {
    return [...this.running];
  }

  listPending(): readonly QueueItem[] {
    return this.pending.list();
  }

  put(item: QueueItem): void {
    this.pending.push(item);
    this.onUpdate();
    this.wake?.();
  }

  /** Moves the next prompt to running. */
  take(): QueueItem | undefined {
    const item = this.pending.pop();
    if (item === undefined) return undefined;
    this.running.add(item);
    this.onUpdate();
    return item;
  }

  /** Ends a running prompt; `record` writes its history in the same step. */
  finish(item: QueueItem, record: () => void): void {
    this.running.delete(item);
    record();
    this.onUpdate();
  }

  /** Removes pending prompts; unknown and running ids are passed over. */
  delete(promptId: string): boolean {
    const wasOnlyOne = this.pending.size === 1;
    if (this.pending.remove(promptId) === undefined) return false;
    // ComfyUI empties the queue through its own "clear" then, which tells everybody once more.
    if (wasOnlyOne) this.onUpdate();
    this.onUpdate();
    return true;
  }

  clear(): void {
    this.pending.clear();
    this.onUpdate();
  }

  requestFree(flags: Partial<FreeFlags>): void {
    this.flags = { ...this.flags, ...flags };
    this.wake?.();
  }

  takeFreeFlags(): FreeFlags {
    const flags = this.flags;
    this.flags = { unloadModels: false, freeMemory: false };
    return flags;
  }

  /** Resolves when there may be something to do, or at once when there is. */
  async changed(): Promise<void> {
    if (this.pending.size > 0 || this.flags.freeMemory || this.flags.unloadModels) return;
    await new Promise<void>((resolve) => {
      this.wake = () => {
        this.wake = undefined;
        resolve();
      };
    });
  }
}
