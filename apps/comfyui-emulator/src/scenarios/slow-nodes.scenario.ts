import type { ScenarioFactory } from './scenario';
import { numberOf } from './scenario.parser';

/** `slow-nodes:<ms>`: every node is silent for this long first, and cannot be interrupted meanwhile. */
export const slowNodes: ScenarioFactory = ({ argument, sleep }) => ({
  beforeNode: () => sleep(numberOf(argument, 250)),
});
