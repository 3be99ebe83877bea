import type { Exit } from './exit';
import type { RestartPolicy } from './restart-policy';

/** Where the engine stands. The names are the phases the world sees; `since` is epoch milliseconds. */
export type SupervisorState =
  Stopped | Launching | Probing | Ready | Regaining | BackingOff | Stopping | Failed;

interface Stopped {
  readonly name: 'stopped';
  readonly since: number;
}

/** Orphans are ended, the port is checked, the child is spawned. */
export interface Launching {
  readonly name: 'starting';
  readonly stage: 'launching';
  readonly since: number;
  /** Quick failures in a row before this start. */
  readonly failures: number;
  readonly cause: Error | undefined;
}

/** The engine runs and is asked whether it answers yet. */
export interface Probing {
  readonly name: 'starting';
  readonly stage: 'probing';
  readonly since: number;
  readonly failures: number;
  readonly failedProbes: number;
  /** Epoch milliseconds; Infinity for an engine that is not ours to stop. */
  readonly deadlineAt: number;
  readonly cause: Error | undefined;
}

export interface Ready {
  readonly name: 'ready';
  readonly since: number;
  /** When this launch first answered; a lost and regained port does not make it younger. */
  readonly inServiceSince: number;
  readonly failures: number;
}

/** It was ready, its port closed, its process (if it is ours) lives: it is probed, a launched one for as long as a start may take. */
export interface Regaining {
  readonly name: 'starting';
  readonly stage: 'regaining';
  readonly since: number;
  readonly inServiceSince: number;
  readonly failures: number;
  readonly failedProbes: number;
  readonly cause: Error;
}

export interface BackingOff {
  readonly name: 'backing-off';
  readonly since: number;
  readonly failures: number;
  readonly cause: Error;
}

/** The engine's processes are being ended; `next` is what follows. */
export interface Stopping {
  readonly name: 'stopping';
  readonly since: number;
  readonly next: AfterStopping;
}

export type AfterStopping =
  | { readonly is: 'stopped' }
  | { readonly is: 'failed'; readonly cause: Error }
  | { readonly is: 'retry'; readonly cause: Error; readonly failures: number };

/** Nothing runs and nothing will, until somebody calls for a start. */
export interface Failed {
  readonly name: 'failed';
  readonly since: number;
  readonly cause: Error;
}

/** What the world told the supervisor. */
export type Fact =
  | { readonly type: 'start-requested' }
  | { readonly type: 'launched' }
  | { readonly type: 'launch-failed'; readonly cause: Error }
  | { readonly type: 'probe-succeeded' }
  | { readonly type: 'probe-failed' }
  | { readonly type: 'exited'; readonly exit: Exit; readonly lastLines: readonly string[] }
  | { readonly type: 'worker-died'; readonly line: string }
  | { readonly type: 'unreachable'; readonly cause: unknown }
  | { readonly type: 'port-closed'; readonly doubt: unknown }
  | { readonly type: 'restart-requested'; readonly reason: string }
  | { readonly type: 'back-off-elapsed' }
  | { readonly type: 'stop-requested' }
  | { readonly type: 'engine-ended'; readonly ending: 'gone' | 'survived' };

/** What the shell is to do. An action belongs to the phase it was ordered in and ends with it. */
export type Action =
  | { readonly do: 'launch' }
  | { readonly do: 'probe'; readonly afterMs: number; readonly timeoutMs: number }
  /** See whether anything still accepts connections; `doubt` is why. */
  | { readonly do: 'check-port'; readonly afterMs: number; readonly doubt: unknown }
  | { readonly do: 'back-off'; readonly delayMs: number }
  /** End every process of the engine; the one action that outlives its phase. */
  | { readonly do: 'end-engine' };

export interface Step {
  readonly state: SupervisorState;
  readonly actions: readonly Action[];
}

/** The time and the luck of one step. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly now: number;
  /** A number in [0, 1). */
  readonly chance: number;
}

export interface SupervisorPolicy {
  /** `attached`: the engine is somebody else's process; it is only probed. */
  readonly mode: 'launched' | 'attached';
  readonly alwaysRestart: boolean;
  /** Longest pause between two readiness probes. */
  readonly checkIntervalMs: number;
  /** How long a launched engine may take to answer. */
  readonly startTimeoutMs: number;
  readonly restart: RestartPolicy;
}

/** Why the engine is not ready, where there is a why. */
export function causeOf(state: SupervisorState): Error | undefined {
  switch (state.name) {
    case 'starting':
    case 'backing-off':
    case 'failed':
      return state.cause;
    case 'stopping':
      return state.next.is === 'stopped' ? undefined : state.next.cause;
    case 'stopped':
    case 'ready':
      return undefined;
  }
}
