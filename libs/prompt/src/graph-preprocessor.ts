import type { JsonObject, PromptGraph, PromptNode } from '@gateway/comfy-protocol';

/** The job whose graph is being prepared. */
export interface PreprocessedJob {
  readonly id: string;
  /** What its caller sent as `extra_data`. */
  readonly extraData: JsonObject;
  /** Aborts when nobody waits for the graph any more. */
  readonly signal: AbortSignal;
}

/**
 * Sees the graph of every job before its inputs are stored and it goes to ComfyUI. What came inline is
 * a file name by then; URLs are still URLs. The graph is the preprocessor's own copy.
 */
export interface GraphPreprocessor {
  /**
   * Answers the graph that is to run. What it throws fails the job and is told to its caller: a
   * PromptRejectedError as it is, anything else as `prompt.preprocessing_failed`.
   */
  preprocess(graph: PromptGraph, job: PreprocessedJob): PromptGraph | Promise<PromptGraph>;
}

/** The same for single nodes, of the types it was registered for. */
export interface NodePreprocessor {
  /** Answers the node that is to run in its place. */
  preprocess(
    node: PromptNode,
    job: PreprocessedJob & { readonly nodeId: string },
  ): PromptNode | Promise<PromptNode>;
}

/** A preprocessor of nodes as one of graphs. */
export function nodeByNode(
  classTypes: readonly string[],
  preprocessor: NodePreprocessor,
): GraphPreprocessor {
  return {
    preprocess: async (graph, job) => {
      const changed: [string, PromptNode][] = [];
      for (const [nodeId, node] of Object.entries(graph)) {
        const isMeant = classTypes.includes(node.class_type);
        changed.push([
          nodeId,
          isMeant ? await preprocessor.preprocess(node, { ...job, nodeId }) : node,
        ]);
      }
      return Object.fromEntries(changed);
    },
  };
}
