import type { Graph } from '../graphs';

/** A way to have a prompt run and its outputs in hand. */
export interface Client {
  /**
   * Bytes of all outputs, which were read to their end.
   *
   * @throws when the prompt did not end well, or nobody answered in time.
   */
  run(graph: Graph): Promise<number>;
  close(): Promise<void>;
}

/** How long a client waits for anything before it counts as unanswered. */
export const PATIENCE_MS = 120_000;
