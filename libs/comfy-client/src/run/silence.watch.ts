import type { Clock } from '@gateway/kernel';

import type { PromptRun } from './prompt.run';

/**
 * Notices runs without an event for too long, with one timer for all of them.
 *
 * Silence is no failure, a long video is sampled without a word. It only leads to one look.
 */
export class SilenceWatch {
  private cancelTick: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly silentAfterMs: number,
    private readonly runs: {
      all(): readonly PromptRun[];
      silent(run: PromptRun): void;
    },
  ) {}

  start(): void {
    this.stop();
    this.cancelTick = this.clock.schedule(this.silentAfterMs / 4, () => this.tick());
  }

  stop(): void {
    this.cancelTick?.();
  }

  private tick(): void {
    const now = this.clock.now();
    for (const run of this.runs.all()) {
      if (run.phase !== 'inside' || now - run.lastHeardAt < this.silentAfterMs) continue;
      run.lastHeardAt = now;
      this.runs.silent(run);
    }
    this.start();
  }
}
