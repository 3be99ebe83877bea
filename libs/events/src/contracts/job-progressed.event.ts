/** What happened inside a running job's graph. */
export type GraphFact =
  /** These have a result from before; also nodes that nothing asks for. */
  | { readonly type: 'cached'; readonly nodes: readonly string[] }
  /** It began; told again when it comes back to a node whose lazy inputs it had to wait for. */
  | { readonly type: 'executing'; readonly nodeId: string }
  /** Its own measure, in steps for samplers; may start again within one node. */
  | {
      readonly type: 'progress';
      /** May be a node that another one expanded into, which the submitted graph does not have. */
      readonly nodeId: string | undefined;
      readonly value: number;
      readonly max: number;
    }
  /** It reported what it put out. Most nodes report nothing. */
  | { readonly type: 'executed'; readonly nodeId: string };

/** A running job came further. */
export interface JobProgressed {
  readonly jobId: string;
  readonly fact: GraphFact;
}
