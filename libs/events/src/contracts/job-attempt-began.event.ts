/** A graph in API format, as far as its listeners look into it. */
export type AttemptGraph = Readonly<
  Record<
    string,
    { readonly class_type: string; readonly inputs: Readonly<Record<string, unknown>> }
  >
>;

/** An engine was given a job's graph, for the first time or again: nothing of it has run yet. */
export interface JobAttemptBegan {
  readonly jobId: string;
  /** The graph itself, not a copy. */
  readonly graph: AttemptGraph;
  /** Nodes that ComfyUI runs for their own sake; empty when nobody knows. */
  readonly outputNodes: readonly string[];
}
