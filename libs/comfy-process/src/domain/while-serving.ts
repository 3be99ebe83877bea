import {
  ComfyExitedError,
  ComfyRestartRequestedError,
  ComfyOutOfReachError,
  ComfyWorkerDiedError,
} from '../comfy-process.errors';
import { firstProbe, nextProbe } from './probe-schedule';
import type {
  Action,
  Fact,
  Moment,
  Ready,
  Regaining,
  Step,
  SupervisorPolicy,
} from './supervisor-state';
import { endEngine, failOrRetry, stay, stop, withLeftoversEnded } from './transitions';

/** An engine that answers, or that did and whose process lives. */
export function whileServing(
  state: Ready | Regaining,
  fact: Fact,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  switch (fact.type) {
    case 'exited': {
      const cause = new ComfyExitedError(fact.exit, 'service', fact.lastLines);
      const failures = failuresOf(state, moment, policy);
      return withLeftoversEnded(failOrRetry(cause, failures, moment, policy));
    }
    case 'worker-died':
      return replace(state, new ComfyWorkerDiedError(fact.line), moment, policy);
    case 'restart-requested':
      return replace(state, new ComfyRestartRequestedError(fact.reason), moment, policy);
    case 'stop-requested':
      return stop(moment, policy);
    default:
      return state.name === 'ready'
        ? doubt(state, fact, moment, policy)
        : regain(state, fact, moment, policy);
  }
}

/**
 * A lost socket is no proof: ComfyUI may drop it, or be too busy for minutes to speak HTTP, and run
 * its prompt all the while. A port that refuses is one: the system accepts for a busy process, so
 * nobody listens any more.
 */
function doubt(state: Ready, fact: Fact, moment: Moment, policy: SupervisorPolicy): Step {
  switch (fact.type) {
    case 'unreachable':
      return { state, actions: [checkPort(fact.cause, policy)] };
    case 'port-closed':
      return beginRegaining(state, new ComfyOutOfReachError(fact.doubt), moment, policy);
    default:
      return stay(state);
  }
}

/**
 * The socket of a child that dies closes a moment before its exit is known, and the exit is the
 * better witness: it says why. Only a launcher that outlives its ComfyUI has none to offer.
 */
const EXIT_COMES_FIRST_MS = 250;

function checkPort(cause: unknown, { mode }: SupervisorPolicy): Action {
  return { do: 'check-port', afterMs: mode === 'launched' ? EXIT_COMES_FIRST_MS : 0, doubt: cause };
}

/**
 * Probes on: a ComfyUI that restarts itself in place keeps its process. A launched one gets the time
 * of a start for it, since a launcher may outlive its ComfyUI for ever.
 */
function regain(state: Regaining, fact: Fact, moment: Moment, policy: SupervisorPolicy): Step {
  switch (fact.type) {
    case 'probe-succeeded': {
      const { failures, inServiceSince } = state;
      return stay({ name: 'ready', since: moment.now, inServiceSince, failures });
    }
    case 'probe-failed': {
      const timeLeftMs = state.since + timeToRegainMs(policy) - moment.now;
      if (timeLeftMs <= 0) return replace(state, state.cause, moment, policy);
      const failedProbes = state.failedProbes + 1;
      return {
        state: { ...state, failedProbes },
        actions: [nextProbe(failedProbes, timeLeftMs, policy.checkIntervalMs)],
      };
    }
    default:
      return stay(state);
  }
}

function timeToRegainMs({ mode, startTimeoutMs }: SupervisorPolicy): number {
  return mode === 'launched' ? startTimeoutMs : Infinity;
}

/** Ends an engine that is alive but useless; an attached one can only be asked again. */
function replace(
  state: Ready | Regaining,
  cause: Error,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  if (policy.mode === 'attached') return beginRegaining(state, cause, moment, policy);
  if (!policy.alwaysRestart) return endEngine({ is: 'failed', cause }, moment);
  const failures = failuresOf(state, moment, policy);
  return endEngine({ is: 'retry', cause, failures }, moment);
}

function beginRegaining(
  { inServiceSince, failures }: Ready | Regaining,
  cause: Error,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  return {
    state: {
      name: 'starting',
      stage: 'regaining',
      since: moment.now,
      inServiceSince,
      failures,
      failedProbes: 0,
      cause,
    },
    actions: [firstProbe(timeToRegainMs(policy), policy.checkIntervalMs)],
  };
}

/**
 * Failures in a row, this one included; a long service before it begins a new row. Time out of reach
 * is no service.
 */
function failuresOf(
  state: Ready | Regaining,
  moment: Moment,
  { restart }: SupervisorPolicy,
): number {
  const servedUntil = state.name === 'ready' ? moment.now : state.since;
  const wasStable = servedUntil - state.inServiceSince >= restart.stableAfterMs;
  return wasStable ? 1 : state.failures + 1;
}
