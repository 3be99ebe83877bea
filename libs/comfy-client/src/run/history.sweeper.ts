import type { Clock, Log } from '@gateway/kernel';

import type { ComfyHttp } from '../http/comfy.http';
import type { OwnedTasks } from '../owned-tasks';

/**
 * Deletes history entries that were read, many in one request.
 *
 * ComfyUI keeps up to 10000 whole graphs otherwise. It waits a little, because the entry is
 * written shortly *after* the success is announced.
 */
export class HistorySweeper {
  private promptIds: string[] = [];
  private cancelSweep: (() => void) | undefined;

  constructor(
    private readonly http: ComfyHttp,
    private readonly clock: Clock,
    private readonly tasks: OwnedTasks,
    private readonly log: Log,
  ) {}

  add(promptId: string): void {
    this.promptIds.push(promptId);
    this.cancelSweep ??= this.clock.schedule(SWEEP_DELAY_MS, () => {
      this.tasks.own('deleting history entries', this.sweep());
    });
  }

  /** Deletes what is left. */
  async stop(): Promise<void> {
    await this.sweep(AbortSignal.timeout(LAST_SWEEP_TIMEOUT_MS));
  }

  private async sweep(signal?: AbortSignal): Promise<void> {
    this.cancelSweep?.();
    this.cancelSweep = undefined;
    const promptIds = this.promptIds;
    this.promptIds = [];
    if (promptIds.length === 0) return;
    try {
      await this.http.deleteHistory(promptIds, signal);
    } catch (error) {
      this.log.debug(
        { err: error, entries: promptIds.length },
        'History entries stay in the engine',
      );
    }
  }
}

const SWEEP_DELAY_MS = 1_000;
const LAST_SWEEP_TIMEOUT_MS = 2_000;
