import type { ScenarioFactory } from './scenario';
import { numberOf } from './scenario.parser';

/** `exit-mid-prompt:<code>`: the process ends after the first node of a prompt. */
export const exitMidPrompt: ScenarioFactory = ({ argument, exit, print, spend }) => ({
  afterNode: async () => {
    spend();
    print('Fatal Python error: Aborted');
    exit(numberOf(argument, 1));
    await new Promise(() => undefined);
  },
});
