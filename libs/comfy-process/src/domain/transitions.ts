import {
  ComfyCommandError,
  ComfyGaveUpError,
  ComfyPortInUseError,
  ComfyUnstoppableError,
} from '../comfy-process.errors';
import { firstProbe } from './probe-schedule';
import { judgeFailure } from './restart-policy';
import type {
  AfterStopping,
  Launching,
  Moment,
  Step,
  SupervisorPolicy,
  SupervisorState,
} from './supervisor-state';

/** Nothing changes, or nothing is left to do. */
export function stay(state: SupervisorState): Step {
  return { state, actions: [] };
}

/** Begins a start: a launch, or the probing of an engine that is not ours to launch. */
export function start(
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
    ? beginProbing(launching, Infinity, moment, policy)
    : { state: launching, actions: [{ do: 'launch' }] };
}

/** The engine runs; `allowedMs` from now it is to answer. */
export function beginProbing(
  state: Launching,
  allowedMs: number,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  return {
    state: { ...state, stage: 'probing', failedProbes: 0, deadlineAt: moment.now + allowedMs },
    actions: [firstProbe(allowedMs, policy.checkIntervalMs)],
  };
}

/** Ends the engine's processes; `next` follows when they are gone. */
export function endEngine(next: AfterStopping, moment: Moment): Step {
  return { state: { name: 'stopping', since: moment.now, next }, actions: [{ do: 'end-engine' }] };
}

/** What a wish to stop means for a running engine: an attached one runs on without us. */
export function stop(moment: Moment, policy: SupervisorPolicy): Step {
  return policy.mode === 'attached'
    ? stay({ name: 'stopped', since: moment.now })
    : endEngine({ is: 'stopped' }, moment);
}

export function fail(cause: Error, moment: Moment): Step {
  return stay({ name: 'failed', since: moment.now, cause });
}

/** What follows the `failures`-th failure in a row: another start after a pause, or the end. */
export function failOrRetry(
  cause: Error,
  failures: number,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  if (!policy.alwaysRestart) return fail(cause, moment);
  const verdict = judgeFailure(policy.restart, failures, moment.chance);
  if (verdict.outcome === 'give-up') return fail(new ComfyGaveUpError(failures, cause), moment);
  return {
    state: { name: 'backing-off', since: moment.now, failures, cause },
    actions: [{ do: 'back-off', delayMs: verdict.delayMs }],
  };
}

/** The leader is dead; what it had started may live on in its process group. */
export function withLeftoversEnded(outcome: Step): Step {
  return { ...outcome, actions: [{ do: 'end-engine' }, ...outcome.actions] };
}

/**
 * Whether no further start can help. A port taken before our first start is somebody else's and
 * stays taken; one taken after a crash may be a remnant of our own engine that is still going.
 */
export function isHopeless(cause: Error, failures: number): boolean {
  if (cause instanceof ComfyPortInUseError) return failures === 0;
  return cause instanceof ComfyCommandError || cause instanceof ComfyUnstoppableError;
}
