import type {
  ExecutionError,
  JsonObject,
  NodeErrors,
  NodeId,
  OutputItem,
  PromptError,
  PromptGraph,
} from '@gateway/comfy-protocol';

/** One prompt to run. */
export interface PromptSubmission {
  /** A fresh lower-case UUID; an id is never used twice with ComfyUI. */
  readonly promptId: string;
  readonly prompt: PromptGraph;
  readonly extraData?: JsonObject;
  /** Run only these output nodes. Honoured since 0.3.48. */
  readonly targets?: readonly NodeId[];
}

/** How the caller takes part in a run. Callbacks are called in order and must not block. */
export interface RunOptions {
  /** Abort = cancel. The run still ends with whatever truly happened. */
  readonly signal?: AbortSignal;
  /** ComfyUI has the prompt, before anything else is told of it. At most once. */
  readonly onAccepted?: (accepted: AcceptedPrompt) => void;
  /** The prompt is being executed. At most once. */
  readonly onStarted?: () => void;
  readonly onProgress?: (event: RunProgress) => void;
}

export interface AcceptedPrompt {
  /** The id it goes by there: ours, or one that an engine before 0.3.45 minted. */
  readonly promptId: string;
  /** Its place in the engine's order, lower first; `undefined` when the answer that told it was lost. */
  readonly number: number | undefined;
}

/** What happens inside a run. Node ids are the visible ones, of the submitted graph. */
export type RunProgress =
  | { readonly type: 'cached'; readonly nodes: readonly NodeId[] }
  | { readonly type: 'executing'; readonly nodeId: NodeId }
  | {
      readonly type: 'progress';
      readonly nodeId: NodeId | undefined;
      readonly value: number;
      readonly max: number;
    }
  | { readonly type: 'executed'; readonly nodeId: NodeId; readonly outputs: readonly OutputItem[] };

/** Milliseconds since the epoch. */
export interface RunTiming {
  /** The engine's own stamp; equals `endedAt` for a prompt that never started. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** When each executed node began, by our clock: ComfyUI stamps no `executing` message. */
  readonly nodes: Readonly<Record<NodeId, { readonly start: number }>>;
}

/** How a prompt ended. */
export type PromptEnding =
  PromptSucceeded | PromptFailed | PromptInterrupted | PromptRefusal | PromptUnreached | PromptLost;

export interface PromptSucceeded {
  readonly outcome: 'succeeded';
  /** In graph order; identical nodes report the same file each. */
  readonly outputs: readonly OutputItem[];
  readonly cachedNodes: readonly NodeId[];
  readonly timing: RunTiming;
}

export interface PromptFailed {
  readonly outcome: 'failed';
  readonly error: ExecutionError;
  /** Of the nodes that ran before the failure. */
  readonly outputs: readonly OutputItem[];
  readonly timing: RunTiming;
}

export interface PromptInterrupted {
  readonly outcome: 'interrupted';
  /** Where it was stopped; `undefined` when it was taken out of the queue before it started. */
  readonly at: { readonly nodeId: NodeId; readonly nodeType: string } | undefined;
  readonly timing: RunTiming;
}

/**
 * ComfyUI will not run this graph as it is. Also when it would have run a part of it: a `200` with
 * node errors silently drops outputs, so such a prompt is taken out of the engine first.
 */
export interface PromptRefusal {
  readonly outcome: 'refused';
  readonly error: PromptError;
  readonly nodeErrors: NodeErrors;
  /** The part that ComfyUI accepted was inside for a moment. */
  readonly mayHaveRun: boolean;
}

/** The engine never got it: no connection was made. */
interface PromptUnreached {
  readonly outcome: 'unreached';
  readonly cause: Error;
}

/** Nobody knows how it ended: the engine died, forgot it, or may never have got it. */
export interface PromptLost {
  readonly outcome: 'lost';
  /** Whether it is known to have been executing. */
  readonly started: boolean;
  readonly cause: Error;
}
