import type { ScenarioFactory } from './scenario';

/** A node neither ends nor reports progress; an interrupt is not noticed, only a restart helps. */
export const hangInNode: ScenarioFactory = ({ spend }) => ({
  beforeNode: async () => {
    spend();
    await new Promise(() => undefined);
  },
});
