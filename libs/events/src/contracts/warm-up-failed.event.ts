/** The warm-up prompt cannot run in this engine: it never did, and the reason is the prompt's own. */
export interface WarmUpFailed {
  readonly engineId: string;
  readonly cause: Error;
}
