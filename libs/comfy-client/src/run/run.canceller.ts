import { pause, backoffDelayMs, type BackoffPolicy, type Clock, type Log } from '@gateway/kernel';

import { ComfyHttpError } from '../comfy-client.errors';
import type { EngineVersionReader } from '../engine-version.reader';
import type { ComfyHttp } from '../http/comfy.http';
import type { PromptRun } from './prompt.run';
import type { RunReconciler } from './run.reconciler';

export interface CancellerParts {
  readonly http: ComfyHttp;
  readonly version: EngineVersionReader;
  readonly reconciler: RunReconciler;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Takes a prompt out of the engine, wherever it stands, and stays at it until it has ended.
 *
 * One request is not enough: the interrupt flag is cleared when a prompt begins, so an interrupt
 * between "taken from the queue" and "begun" has no effect.
 */
export class RunCanceller {
  constructor(private readonly parts: CancellerParts) {}

  async cancel(run: PromptRun): Promise<void> {
    const { clock, log, reconciler } = this.parts;
    for (let attempt = 1; !run.hasEnded(); attempt += 1) {
      try {
        await this.ask(run);
      } catch (error) {
        if (run.hasEnded()) return;
        log.debug({ err: error, promptId: run.promptId }, 'The engine did not take a cancellation');
      }
      reconciler.follow(run);
      await pause(clock, backoffDelayMs(RETRY, attempt, Math.random()), run.ended);
    }
  }

  private async ask(run: PromptRun): Promise<void> {
    const { http, version } = this.parts;
    const features = await version.features(run.ended);
    if (features.jobCancel && (await this.cancelJob(run))) return;
    // First out of the queue, then the interrupt: it cannot slip from one into the other.
    await http.deleteQueued([run.promptId], run.ended);
    if (features.targetedInterrupt || (await this.isRunning(run))) {
      await http.interrupt(run.promptId, run.ended);
    }
  }

  /** `false` when nothing was cancelled this way, because the engine has no such route after all. */
  private async cancelJob(run: PromptRun): Promise<boolean> {
    try {
      return await this.parts.http.cancelJob(run.promptId, run.ended);
    } catch (error) {
      if (error instanceof ComfyHttpError) return false;
      throw error;
    }
  }

  /** An interrupt without a target hits whatever runs, so it must be ours. */
  private async isRunning(run: PromptRun): Promise<boolean> {
    const { queue_running: running } = await this.parts.http.queue(run.ended);
    return running.some(([, promptId]) => promptId === run.promptId);
  }
}

const RETRY: BackoffPolicy = { firstDelayMs: 250, maxDelayMs: 4_000, factor: 2, jitter: 0.2 };
