import type { Clock, Log } from '@gateway/kernel';

import { PromptTimedOutError } from '../prompt.errors';
import type { Engine } from './engine';

/** How long a prompt may be inside an engine, and how long the engine may be dumb. Milliseconds. */
export interface WatchdogLimits {
  /** Longest stay of a prompt inside the engine; `0` is for ever. */
  readonly timeoutMs: number;
  /** From the interrupt to the restart of an engine that does not let go. */
  readonly interruptGraceMs: number;
  /** How long an engine may hold a prompt without beginning it, while it does nothing else. */
  readonly stuckAfterMs: number;
}

export interface WatchedPrompt {
  readonly jobId: string;
  /** The id it has in the engine. */
  promptId(): string;
  /** Whether the engine said anything about it. */
  begun(): boolean;
  readonly cancel: AbortController;
}

/**
 * Watches one prompt inside an engine for the two ways it may never end: it takes longer than it may,
 * or the engine's worker is dead and nothing is ever begun (ComfyUI issue 16312). Either way the
 * prompt is interrupted first; an engine that does not let go is started anew.
 *
 * Mere silence of a prompt that has begun is no reason: a long video is sampled without a word.
 */
export class EngineWatchdog {
  private readonly startedAt: number;
  private stopped = false;
  private cancelTimers: readonly (() => void)[] = [];

  constructor(
    private readonly engine: Engine,
    private readonly prompt: WatchedPrompt,
    private readonly parts: {
      readonly clock: Clock;
      readonly log: Log;
      readonly limits: WatchdogLimits;
    },
  ) {
    this.startedAt = parts.clock.now();
    const { timeoutMs, stuckAfterMs } = parts.limits;
    if (timeoutMs > 0) this.after(timeoutMs, () => this.timeOut());
    this.after(stuckAfterMs, () => this.checkPulse());
  }

  stop(): void {
    this.stopped = true;
    for (const cancel of this.cancelTimers) cancel();
  }

  private timeOut(): void {
    const { timeoutMs, interruptGraceMs } = this.parts.limits;
    this.prompt.cancel.abort(new PromptTimedOutError(timeoutMs));
    this.after(interruptGraceMs, () => {
      this.restart('ran out of time and could not be interrupted');
    });
  }

  private checkPulse(): void {
    if (this.prompt.begun()) return;
    this.isStuck().then(
      (stuck) => {
        if (this.stopped) return;
        if (stuck) this.after(this.parts.limits.interruptGraceMs, () => this.giveUpUnlessBegun());
        else this.after(this.parts.limits.stuckAfterMs, () => this.checkPulse());
      },
      (error: unknown) => {
        this.parts.log.warn(
          { err: error, jobId: this.prompt.jobId },
          'the queue could not be read',
        );
        if (!this.stopped) this.after(this.parts.limits.stuckAfterMs, () => this.checkPulse());
      },
    );
  }

  /** Nothing was heard though all would have been, and the engine works for nobody else. */
  private async isStuck(): Promise<boolean> {
    const { vitals, client } = this.engine;
    const { listeningSince, lastSignOfWorkAt } = vitals;
    const heardAll = listeningSince !== undefined && listeningSince <= this.startedAt;
    const quietMs = this.parts.clock.now() - Math.max(lastSignOfWorkAt, this.startedAt);
    if (!heardAll || quietMs < this.parts.limits.stuckAfterMs) return false;
    const promptId = this.prompt.promptId();
    const { queue_running: running, queue_pending: pending } = await client.http.queue();
    const isOurs = running.some(([, id]) => id === promptId);
    const waitsForNobody = running.length === 0 && pending.some(([, id]) => id === promptId);
    if (isOurs) await client.http.interrupt(promptId);
    return isOurs || waitsForNobody;
  }

  private giveUpUnlessBegun(): void {
    if (!this.prompt.begun()) this.restart('was accepted but never begun');
  }

  private restart(reason: string): void {
    this.engine.supervision.restart(`job ${this.prompt.jobId} ${reason}`);
  }

  private after(delayMs: number, task: () => void): void {
    this.cancelTimers = [...this.cancelTimers, this.parts.clock.schedule(delayMs, task)];
  }
}
