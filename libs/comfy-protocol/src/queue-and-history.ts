import type { JsonObject, JsonValue } from './json';
import type { NodeUi } from './node-output';
import type { NodeId, PromptGraph } from './prompt-graph';

/** `[number, prompt_id, graph, extra_data, output node ids]`. */
export type QueueItem = readonly [number, string, PromptGraph, JsonObject, readonly NodeId[]];

/** `GET /queue`. Pending items stand in heap order, not in the order they will run. */
export interface QueueSnapshot {
  readonly queue_running: readonly QueueItem[];
  readonly queue_pending: readonly QueueItem[];
}

/** `GET /history/{id}`: `{}` while the prompt is unknown or unfinished. */
export type HistoryAnswer = Readonly<Record<string, HistoryEntry>>;

export interface HistoryEntry {
  readonly prompt: QueueItem;
  readonly outputs: Readonly<Record<NodeId, NodeUi>>;
  readonly status?: {
    readonly status_str: 'success' | 'error';
    readonly completed: boolean;
    /** `[event, data]` pairs; the last one is the ending. Judge by these, not by `status_str`. */
    readonly messages: readonly (readonly [string, JsonObject])[];
  };
  readonly meta?: Readonly<Record<NodeId, JsonValue>>;
}
