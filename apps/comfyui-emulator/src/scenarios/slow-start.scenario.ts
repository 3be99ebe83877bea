import type { ScenarioFactory } from './scenario';
import { numberOf } from './scenario.parser';

/** `slow-start:<ms>`: the port opens late, as with many custom nodes. */
export const slowStart: ScenarioFactory = ({ argument, sleep }) => ({
  beforeListening: () => sleep(numberOf(argument, 5_000)),
});
