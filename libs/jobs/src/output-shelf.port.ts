import type { PreparedOutput } from './prepared-output';

/**
 * Where the outputs of a job stay that no answer has taken away, until the job is forgotten. The
 * outputs of a job are kept under their node and name, so that keeping them twice keeps them once.
 */
export interface OutputShelf {
  /**
   * Returns when all are there, whatever happens to their originals from then on. They stand in the
   * order of their nodes, and those of one node in the order they were given.
   *
   * @param nodes ids of the graph's nodes in its order; outputs of any other node come last.
   * @throws StateUnavailableError (`state.unavailable`).
   */
  keep(jobId: string, outputs: readonly PreparedOutput[], nodes: readonly string[]): Promise<void>;
  /** What is there, in order; each to be closed as any prepared output. */
  outputsOf(jobId: string): Promise<readonly PreparedOutput[]>;
  remove(jobId: string): Promise<void>;
}

export const OUTPUT_SHELF = Symbol('OutputShelf');
