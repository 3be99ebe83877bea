/**
 * Phases of an engine as its supervisor sees it. `ready` means: it answers HTTP and takes prompts.
 * An attached engine (no child of ours) knows only `starting`, `ready` and `stopped`.
 */
export type EnginePhase = 'stopped' | 'starting' | 'ready' | 'backing-off' | 'stopping' | 'failed';

/** The supervisor moved to another phase. */
export interface EnginePhaseChanged {
  readonly engineId: string;
  readonly from: EnginePhase;
  readonly to: EnginePhase;
  /** Why, where there is a why: the exit of the child, a port in use, the reason of a restart. */
  readonly cause?: Error;
}
