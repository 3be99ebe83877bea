import type { JsonValue } from './json';
import type { NodeId } from './prompt-graph';

/** The `error` of a refused `POST /prompt`. */
export interface PromptError {
  /** `no_prompt`, `invalid_prompt`, `prompt_no_outputs`, `prompt_outputs_failed_validation`, … */
  readonly type: string;
  readonly message: string;
  readonly details: string;
  readonly extra_info: Readonly<Record<string, JsonValue>>;
}

/** What is wrong with one node; the same keys as a {@link PromptError}. */
export type NodeInputError = PromptError;

/** Nodes with errors of their own, as ComfyUI reports them. */
export type NodeErrors = Readonly<Record<NodeId, NodeError>>;

export interface NodeError {
  readonly errors: readonly NodeInputError[];
  /** Output nodes that cannot run because of this node. */
  readonly dependent_outputs: readonly NodeId[];
  readonly class_type: string;
}
