import type { Scenario } from '../scenario';
import { bursts } from './burst.scenario';
import { closedLoops } from './closed-loop.scenario';
import { oneAtATime } from './one-at-a-time.scenario';

/** In the order in which they are run and reported. */
export const SCENARIOS: readonly Scenario[] = [oneAtATime, closedLoops, bursts];
