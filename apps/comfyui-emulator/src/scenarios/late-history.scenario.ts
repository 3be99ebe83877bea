import type { ScenarioFactory } from './scenario';
import { numberOf } from './scenario.parser';

/** `late-history:<ms>`: history stays empty for this long after `execution_success`. */
export const lateHistory: ScenarioFactory = ({ argument, sleep }) => ({
  beforeHistory: () => sleep(numberOf(argument, 500)),
});
