import type { ScenarioFactory } from './scenario';
import { numberOf } from './scenario.parser';

/**
 * `drop-websocket:<ms>`: after the first node of a prompt every socket breaks, and for this long no
 * new one is let in. The prompt goes on unseen.
 */
export const dropWebsocket: ScenarioFactory = ({ argument, hub, sleep, spend }) => {
  let refusesUntil = 0;
  let hasFired = false;
  const closedForMs = numberOf(argument, 1_000);
  return {
    refusesUpgrade: () => Date.now() < refusesUntil,
    afterNode: async () => {
      if (hasFired) return;
      hasFired = true;
      refusesUntil = Date.now() + closedForMs;
      hub.dropAll();
      // Disarmed only when the door opens again: a disarmed fault refuses nobody.
      void sleep(closedForMs).then(() => {
        hasFired = false;
        spend();
      });
      await Promise.resolve();
    },
  };
};
