import type { ScenarioFactory } from './scenario';
import { numberOf } from './scenario.parser';

/** `exit-at-start:<code>`: a broken install; the process ends while it loads. */
export const exitAtStart: ScenarioFactory = ({ argument, print, exit, spend }) => ({
  beforeListening: async () => {
    print(
      'Traceback (most recent call last):\n  File "/opt/comfyui/main.py", line 158, in <module>',
    );
    print("ModuleNotFoundError: No module named 'torch'");
    spend();
    exit(numberOf(argument, 1));
    await new Promise(() => undefined);
  },
});
