import type { ScenarioFactory } from './scenario';

/** The process is killed, as by the kernel when memory runs out, after the first node of a prompt. */
export const killMidPrompt: ScenarioFactory = ({ kill, spend }) => ({
  afterNode: async () => {
    spend();
    kill('SIGKILL');
    await new Promise(() => undefined);
  },
});
