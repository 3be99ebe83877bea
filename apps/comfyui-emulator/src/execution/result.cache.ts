import type { JsonObject, NodeId, NodeUi } from '@gateway/comfy-protocol';

import type { CachePolicy } from '../emulator.options';

/** What is kept of a node that ran. */
export interface NodeRecord {
  /** Values per output slot. */
  readonly outputs: readonly (readonly unknown[])[];
  readonly ui?: NodeUi;
  /** Entry of history's `meta`: names the node that ran, also for a twin that did not. */
  readonly meta?: JsonObject;
}

/** Cache keys of a prompt's nodes. */
export type CacheKeys = ReadonlyMap<NodeId, string>;

/** Results by cache key, kept from prompt to prompt as the policy says. */
export class ResultCache {
  private readonly records = new Map<string, NodeRecord>();

  constructor(private readonly policy: CachePolicy) {}

  /** Makes room at the start of a prompt. */
  keepFor(keys: CacheKeys): void {
    const wanted = new Set(keys.values());
    switch (this.policy.kind) {
      case 'none':
        this.records.clear();
        return;
      case 'classic':
        for (const key of this.records.keys()) if (!wanted.has(key)) this.records.delete(key);
        return;
      case 'lru':
        this.touch(wanted);
        this.evictBeyond(this.policy.size, wanted);
    }
  }

  get(key: string | undefined): NodeRecord | undefined {
    return key === undefined ? undefined : this.records.get(key);
  }

  set(key: string, record: NodeRecord): void {
    this.records.set(key, record);
  }

  clear(): void {
    this.records.clear();
  }

  /** Moves what this prompt uses to the young end. */
  private touch(wanted: ReadonlySet<string>): void {
    for (const key of wanted) {
      const record = this.records.get(key);
      if (record === undefined) continue;
      this.records.delete(key);
      this.records.set(key, record);
    }
  }

  private evictBeyond(size: number, wanted: ReadonlySet<string>): void {
    for (const key of this.records.keys()) {
      if (this.records.size <= size) return;
      if (!wanted.has(key)) this.records.delete(key);
    }
  }
}
