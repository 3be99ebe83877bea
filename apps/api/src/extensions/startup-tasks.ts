import type { StartupTaskState } from '@gateway/health';
import { orAborted, type Log } from '@gateway/kernel';

import { ExtensionError } from './extension.errors';
import type { StartupTask } from './startup-task';

/** What is done before the engine is started: one task after the other, once. */
export class StartupTasks {
  private readonly entries: { readonly task: StartupTask; state: StartupTaskState['state'] }[] = [];

  constructor(private readonly log: Log) {}

  get tasks(): readonly StartupTaskState[] {
    return this.entries.map(({ task, state }) => ({ name: task.name, state }));
  }

  /** @throws RangeError when the name is taken. */
  add(task: StartupTask): void {
    const { name } = task;
    if (name === 'comfyui' || this.entries.some((entry) => entry.task.name === name)) {
      throw new RangeError(`There is a startup task "${name}" already`);
    }
    this.entries.push({ task, state: 'waiting' });
  }

  /** @throws ExtensionError (`extension.failed`) of the first that fails, or the signal's reason. */
  async run(signal: AbortSignal): Promise<void> {
    for (const entry of this.entries) {
      const { name } = entry.task;
      entry.state = 'running';
      try {
        await orAborted(entry.task.run(signal), signal);
      } catch (error) {
        entry.state = 'failed';
        signal.throwIfAborted();
        throw new ExtensionError(`The startup task "${name}"`, error);
      }
      entry.state = 'done';
      this.log.info({ task: name }, 'startup task done');
    }
  }
}
