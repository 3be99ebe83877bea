import {
  ComfyCommandError,
  ComfyGaveUpError,
  ComfyPortInUseError,
  ComfyUnstoppableError,
} from '../comfy-process.errors';
import { judgeFailure } from './restart-policy';
import type { Moment, Step, SupervisorPolicy } from './supervisor-state';

export function fail(cause: Error, moment: Moment): Step {
  return { state: { name: 'failed', since: moment.now, cause }, actions: [] };
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

/**
 * Whether no further start can help. A port taken before our first start is somebody else's and
 * stays taken; one taken after a crash may be a remnant of our own engine that is still going.
 */
export function isHopeless(cause: Error, failures: number): boolean {
  if (cause instanceof ComfyPortInUseError) return failures === 0;
  return cause instanceof ComfyCommandError || cause instanceof ComfyUnstoppableError;
}
