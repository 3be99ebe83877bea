import type { Scenario } from '../scenario';
import { assets } from './assets.scenario';
import { bigInputs } from './big-input.scenario';
import { bigOutputs } from './big-output.scenario';
import { bursts } from './burst.scenario';
import { closedLoops } from './closed-loop.scenario';
import { coldStarts } from './cold-start.scenario';
import { oneAtATime } from './one-at-a-time.scenario';
import { pictures } from './pictures.scenario';
import { queuedJobs } from './queued-jobs.scenario';
import { watchers } from './watchers.scenario';
import { webhooks } from './webhooks.scenario';
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
  assets,
  pictures,
  webhooks,
  watchers,
  coldStarts,
];
