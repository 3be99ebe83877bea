import type { HistoryEntry } from '@gateway/comfy-protocol';

const MAX_ENTRIES = 10_000;

/** Finished prompts in the order they ended; memory only, like ComfyUI's. */
export class PromptHistory {
  private readonly entries = new Map<string, HistoryEntry>();

  get(promptId: string): HistoryEntry | undefined {
    return this.entries.get(promptId);
  }

  all(): readonly (readonly [string, HistoryEntry])[] {
    return [...this.entries];
  }

  add(promptId: string, entry: HistoryEntry): void {
    // ComfyUI looks before it inserts, so one more than the limit is kept.
    if (this.entries.size > MAX_ENTRIES) {
      const [oldest] = this.entries.keys();
      if (oldest !== undefined) this.entries.delete(oldest);
    }
    this.entries.set(promptId, entry);
  }

  /**
   * @param maxItems how many; all when undefined
   * @param offset index of the first, 0 the oldest; negative or undefined takes the last ones
   */
  page(maxItems: number | undefined, offset: number | undefined): Record<string, HistoryEntry> {
    const all = this.all();
    const count = maxItems ?? all.length;
    const start = offset !== undefined && offset >= 0 ? offset : Math.max(0, all.length - count);
    return Object.fromEntries(all.slice(start, start + count));
  }

  delete(promptId: string): void {
    this.entries.delete(promptId);
  }

  clear(): void {
    this.entries.clear();
  }
}
