import type { JsonObject } from './json';
import type { NodeErrors, PromptError } from './prompt-errors';
import type { NodeId, PromptGraph } from './prompt-graph';

/** Body of ComfyUI's `POST /prompt`. */
export interface PromptRequest {
  readonly prompt: PromptGraph;
  /** Decides which websocket gets the events. */
  readonly client_id?: string;
  /** A lower-case UUID. Honoured since 0.3.45; older servers mint their own. */
  readonly prompt_id?: string;
  readonly extra_data?: JsonObject;
  /** Explicit priority; lower runs first. */
  readonly number?: number;
  readonly front?: boolean;
  readonly partial_execution_targets?: readonly NodeId[];
}

/** A `200`. `node_errors` may name outputs that were silently dropped. */
export interface PromptAccepted {
  readonly prompt_id: string;
  readonly number: number;
  readonly node_errors: NodeErrors;
}

/** A `400`. Before 0.3.28 `error` could be a bare string and `node_errors` an array. */
export interface PromptRefused {
  readonly error: PromptError;
  readonly node_errors: NodeErrors;
}
