import {
  ComfyExitedError,
  ComfyRestartRequestedError,
  ComfyStartTimeoutError,
  ComfyUnreachableError,
  ComfyUnstoppableError,
  ComfyWorkerDiedError,
} from '../comfy-process.errors';
import { fail, failOrRetry, isHopeless } from './failing';
import { firstProbe, nextProbe } from './probe-schedule';
import type {
  AfterStopping,
  BackingOff,
  Fact,
  Launching,
  Moment,
  Probing,
  Ready,
  Step,
  Stopping,
  SupervisorPolicy,
  SupervisorState,
} from './supervisor-state';

/**
 * The whole life of an engine as one decision: where it stands and what happened give where it
 * stands next and what is to be done. Facts that mean nothing in a state are passed over.
 */
export function step(
  state: SupervisorState,
  fact: Fact,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  switch (state.name) {
    case 'stopped':
      return fact.type === 'start-requested' ? start(0, undefined, moment, policy) : stay(state);
    case 'starting':
      return state.stage === 'launching'
        ? whileLaunching(state, fact, moment, policy)
        : whileProbing(state, fact, moment, policy);
    case 'ready':
      return whileReady(state, fact, moment, policy);
    case 'backing-off':
      return whileBackingOff(state, fact, moment, policy);
    case 'stopping':
      return whileStopping(state, fact, moment, policy);
    case 'failed':
      return fact.type === 'start-requested' ? start(0, undefined, moment, policy) : stay(state);
  }
}

function whileLaunching(
  state: Launching,
  fact: Fact,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  switch (fact.type) {
    case 'launched':
      return probe(state, policy.startTimeoutMs, moment, policy);
    case 'launch-failed':
      return isHopeless(fact.cause, state.failures)
        ? fail(fact.cause, moment)
        : failOrRetry(fact.cause, state.failures + 1, moment, policy);
    case 'stop-requested':
      return stop({ is: 'stopped' }, moment);
    default:
      return stay(state);
  }
}

function whileProbing(state: Probing, fact: Fact, moment: Moment, policy: SupervisorPolicy): Step {
  switch (fact.type) {
    case 'probe-succeeded':
      return { state: { name: 'ready', since: moment.now, failures: state.failures }, actions: [] };
    case 'probe-failed': {
      if (moment.now >= state.deadlineAt) {
        const cause = new ComfyStartTimeoutError(policy.startTimeoutMs);
        return stop({ is: 'failed', cause }, moment);
      }
      const failedProbes = state.failedProbes + 1;
      const timeLeftMs = state.deadlineAt - moment.now;
      return {
        state: { ...state, failedProbes },
        actions: [nextProbe(failedProbes, timeLeftMs, policy.checkIntervalMs)],
      };
    }
    case 'exited': {
      const cause = new ComfyExitedError(fact.exit, 'start', fact.lastLines);
      return withLeftoversEnded(failOrRetry(cause, state.failures + 1, moment, policy));
    }
    case 'stop-requested':
      return stopEngine(moment, policy);
    default:
      return stay(state);
  }
}

function whileReady(state: Ready, fact: Fact, moment: Moment, policy: SupervisorPolicy): Step {
  switch (fact.type) {
    case 'exited': {
      const cause = new ComfyExitedError(fact.exit, 'service', fact.lastLines);
      const failures = failuresAfter(state, moment, policy);
      return withLeftoversEnded(failOrRetry(cause, failures, moment, policy));
    }
    case 'worker-died':
      return replaceEngine(state, new ComfyWorkerDiedError(fact.line), moment, policy);
    case 'restart-requested':
      return replaceEngine(state, new ComfyRestartRequestedError(fact.reason), moment, policy);
    case 'unreachable':
      // The exit of our own child is the better witness: a busy ComfyUI may drop its socket or be
      // silent for minutes, and only the watchdog of its prompt can tell that from a hang.
      return policy.mode === 'attached'
        ? start(0, new ComfyUnreachableError(fact.cause), moment, policy)
        : stay(state);
    case 'stop-requested':
      return stopEngine(moment, policy);
    default:
      return stay(state);
  }
}

function whileBackingOff(
  state: BackingOff,
  fact: Fact,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  switch (fact.type) {
    case 'back-off-elapsed':
      return start(state.failures, state.cause, moment, policy);
    case 'engine-ended':
      return fact.ending === 'survived' ? fail(new ComfyUnstoppableError(), moment) : stay(state);
    case 'stop-requested':
      return stop({ is: 'stopped' }, moment);
    default:
      return stay(state);
  }
}

function whileStopping(
  state: Stopping,
  fact: Fact,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  switch (fact.type) {
    case 'stop-requested':
      return stay({ ...state, next: { is: 'stopped' } });
    case 'engine-ended':
      return fact.ending === 'survived'
        ? fail(new ComfyUnstoppableError(), moment)
        : afterStopping(state.next, moment, policy);
    default:
      return stay(state);
  }
}

function afterStopping(next: AfterStopping, moment: Moment, policy: SupervisorPolicy): Step {
  switch (next.is) {
    case 'stopped':
      return stay({ name: 'stopped', since: moment.now });
    case 'failed':
      return fail(next.cause, moment);
    case 'retry':
      return failOrRetry(next.cause, next.failures, moment, policy);
  }
}

function start(
  failures: number,
  cause: Error | undefined,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  const launching: Launching = {
    name: 'starting',
    stage: 'launching',
    since: moment.now,
    failures,
    cause,
  };
  return policy.mode === 'attached'
    ? probe(launching, Infinity, moment, policy)
    : { state: launching, actions: [{ do: 'launch' }] };
}

function probe(
  state: Launching,
  allowedMs: number,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  const deadlineAt = moment.now + allowedMs;
  return {
    state: { ...state, stage: 'probing', failedProbes: 0, deadlineAt },
    actions: [firstProbe(allowedMs, policy.checkIntervalMs)],
  };
}

/** Ends an engine that is alive but useless; an attached one can only be asked again. */
function replaceEngine(state: Ready, cause: Error, moment: Moment, policy: SupervisorPolicy): Step {
  if (policy.mode === 'attached') return start(0, cause, moment, policy);
  const failures = failuresAfter(state, moment, policy);
  return stop(
    policy.alwaysRestart ? { is: 'retry', cause, failures } : { is: 'failed', cause },
    moment,
  );
}

function failuresAfter(state: Ready, moment: Moment, policy: SupervisorPolicy): number {
  const wasStable = moment.now - state.since >= policy.restart.stableAfterMs;
  return wasStable ? 1 : state.failures + 1;
}

function stopEngine(moment: Moment, policy: SupervisorPolicy): Step {
  return policy.mode === 'attached'
    ? stay({ name: 'stopped', since: moment.now })
    : stop({ is: 'stopped' }, moment);
}

function stop(next: AfterStopping, moment: Moment): Step {
  return { state: { name: 'stopping', since: moment.now, next }, actions: [{ do: 'end-engine' }] };
}

/** The leader is dead; what it had started may live on in its process group. */
function withLeftoversEnded(outcome: Step): Step {
  return { ...outcome, actions: [{ do: 'end-engine' }, ...outcome.actions] };
}

function stay(state: SupervisorState): Step {
  return { state, actions: [] };
}
