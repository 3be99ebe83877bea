import { ComfyUnstoppableError } from '../comfy-process.errors';
import type {
  AfterStopping,
  BackingOff,
  Fact,
  Failed,
  Launching,
  Moment,
  Probing,
  Regaining,
  Step,
  Stopping,
  SupervisorPolicy,
  SupervisorState,
} from './supervisor-state';
import { endEngine, fail, failOrRetry, start, stay } from './transitions';
import { whileServing } from './while-serving';
import { whileLaunching, whileProbing } from './while-starting';

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
      return whileStarting(state, fact, moment, policy);
    case 'ready':
      return whileServing(state, fact, moment, policy);
    case 'backing-off':
      return whileBackingOff(state, fact, moment, policy);
    case 'stopping':
      return whileStopping(state, fact, moment, policy);
    case 'failed':
      return whileFailed(state, fact, moment, policy);
  }
}

function whileStarting(
  state: Launching | Probing | Regaining,
  fact: Fact,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  switch (state.stage) {
    case 'launching':
      return whileLaunching(state, fact, moment, policy);
    case 'probing':
      return whileProbing(state, fact, moment, policy);
    case 'regaining':
      return whileServing(state, fact, moment, policy);
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
      return endEngine({ is: 'stopped' }, moment);
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

/** A failure stays known after a stop, which only makes sure that nothing is left running. */
function whileFailed(state: Failed, fact: Fact, moment: Moment, policy: SupervisorPolicy): Step {
  switch (fact.type) {
    case 'start-requested':
      return start(0, undefined, moment, policy);
    case 'stop-requested':
      return { state, actions: [{ do: 'end-engine' }] };
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
