import { ComfyExitedError, ComfyStartTimeoutError } from '../comfy-process.errors';
import { nextProbe } from './probe-schedule';
import type { Fact, Launching, Moment, Probing, Step, SupervisorPolicy } from './supervisor-state';
import {
  beginProbing,
  endEngine,
  fail,
  failOrRetry,
  isHopeless,
  stay,
  stop,
  withLeftoversEnded,
} from './transitions';

export function whileLaunching(
  state: Launching,
  fact: Fact,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  switch (fact.type) {
    case 'launched':
      return beginProbing(state, policy.startTimeoutMs, moment, policy);
    case 'launch-failed':
      return isHopeless(fact.cause, state.failures)
        ? fail(fact.cause, moment)
        : failOrRetry(fact.cause, state.failures + 1, moment, policy);
    case 'stop-requested':
      return stop(moment, policy);
    default:
      return stay(state);
  }
}

export function whileProbing(
  state: Probing,
  fact: Fact,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  switch (fact.type) {
    case 'probe-succeeded': {
      const { failures } = state;
      return stay({ name: 'ready', since: moment.now, inServiceSince: moment.now, failures });
    }
    case 'probe-failed':
      return probeAgain(state, moment, policy);
    case 'exited': {
      const cause = new ComfyExitedError(fact.exit, 'start', fact.lastLines);
      return withLeftoversEnded(failOrRetry(cause, state.failures + 1, moment, policy));
    }
    case 'stop-requested':
      return stop(moment, policy);
    default:
      return stay(state);
  }
}

/**
 * A start that ran out of time is not tried again: the next would not be faster, and whoever set the
 * time is better told.
 */
function probeAgain(state: Probing, moment: Moment, policy: SupervisorPolicy): Step {
  const timeLeftMs = state.deadlineAt - moment.now;
  if (timeLeftMs <= 0) {
    const cause = new ComfyStartTimeoutError(policy.startTimeoutMs);
    return endEngine({ is: 'failed', cause }, moment);
  }
  const failedProbes = state.failedProbes + 1;
  return {
    state: { ...state, failedProbes },
    actions: [nextProbe(failedProbes, timeLeftMs, policy.checkIntervalMs)],
  };
}
