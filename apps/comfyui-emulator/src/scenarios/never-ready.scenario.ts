import type { ScenarioFactory } from './scenario';

/** The process lives, its port never opens. */
export const neverReady: ScenarioFactory = () => ({
  beforeListening: () =>
    new Promise(() => {
      // A process without any handle would end by itself.
      setInterval(() => undefined, 60_000);
    }),
});
