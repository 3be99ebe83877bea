import type { Scenario } from '../scenario';
import { bigInputs } from './big-input.scenario';
import { bigOutputs } from './big-output.scenario';
import { bursts } from './burst.scenario';
import { closedLoops } from './closed-loop.scenario';
import { oneAtATime } from './one-at-a-time.scenario';
import { pictures } from './pictures.scenario';
import { queuedJobs } from './queued-jobs.scenario';
import { workflows } from './workflow.scenario';

/** In the order in which they are run and reported. */
export const SCENARIOS: readonly Scenario[] = [
  oneAtATime,
  workflows,
  closedLoops,
  bursts,
  queuedJobs,
  bigOutputs,
  bigInputs,
  pictures,
];
