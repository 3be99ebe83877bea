import type { EventBus, EnginePhase } from '@gateway/events';
import type { Clock } from '@gateway/kernel';

import { EngineNotReadyError, EngineUnavailableError } from '../prompt.errors';

/** `up`: it answers and takes prompts. `ready`: and it has run its warm-up, where there is one. */
export type EngineCondition = 'up' | 'ready';

interface Waiter {
  readonly condition: EngineCondition;
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

/** How long callers wait for an engine that is away. */
export interface Patience {
  readonly clock: Clock;
  readonly maxWaitMs: number;
}

/**
 * Lets callers wait until an engine can take prompts. Waiting outlasts starts and restarts; it ends
 * with an error when the engine is gone for good, or was away for longer than anybody should wait.
 */
export class EngineReadiness {
  private phase: EnginePhase | 'not-started' = 'not-started';
  private cause: Error | undefined;
  private wasReady = false;
  private readonly waiters = new Set<Waiter>();
  private untilEnded: (() => void)[] = [];
  private readonly unsubscribe: () => void;
  private cancelTimer: (() => void) | undefined;
  private isOverdue = false;
  private isWarm = false;
  private isCold = false;

  constructor(
    engineId: string,
    bus: EventBus,
    private readonly patience?: Patience,
    private readonly needsWarmUp = false,
  ) {
    this.unsubscribe = bus.subscribe('engine-phase-changed', (event) => {
      if (event.engineId !== engineId) return;
      this.phase = event.to;
      this.isWarm = false;
      this.isCold = false;
      this.cause = event.cause;
      this.changed();
    });
  }

  /** Whether the engine itself is there, warm or not. */
  get up(): boolean {
    return this.phase === 'ready';
  }

  /** Whether it takes prompts of clients. */
  get ready(): boolean {
    return this.up && (this.isWarm || !this.needsWarmUp);
  }

  /** The warm-up has run in the engine that is there now. */
  noteWarm(): void {
    if (!this.up) return;
    this.isWarm = true;
    this.changed();
  }

  /** The warm-up did not succeed: from now on the engine counts as away. */
  noteCold(cause: Error): void {
    if (!this.up || this.ready) return;
    this.isCold = true;
    this.cause = cause;
    this.changed();
  }

  /** Whether it was ready once; stays true for the life of the process. */
  get everReady(): boolean {
    return this.wasReady;
  }

  /** Whether no start will follow any more. `stopping` may be the first half of a restart. */
  get gone(): boolean {
    return this.phase === 'failed' || this.phase === 'stopped';
  }

  /** Why a prompt should not be let in to wait; `undefined` while waiting makes sense. */
  get refusal(): Error | undefined {
    if (this.gone) return new EngineUnavailableError(this.cause);
    return this.isOverdue ? new EngineNotReadyError(this.cause) : undefined;
  }

  /**
   * @throws EngineUnavailableError (`prompt.engine_unavailable`), EngineNotReadyError
   *   (`prompt.engine_not_ready`), or the signal's reason.
   */
  until(condition: EngineCondition, signal: AbortSignal): Promise<void> {
    if (this[condition]) return Promise.resolve();
    if (this.refusal) return Promise.reject(this.refusal);
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        signal.removeEventListener('abort', giveUp);
        this.waiters.delete(waiter);
        finish();
      };
      const waiter: Waiter = {
        condition,
        resolve: () => settle(resolve),
        reject: (cause) => settle(() => reject(cause)),
      };
      const giveUp = (): void => waiter.reject(signal.reason as Error);
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiters.add(waiter);
    });
  }

  /** Resolves when the engine is not being ended, or has been. */
  whileStopping(): Promise<void> {
    if (this.phase !== 'stopping') return Promise.resolve();
    return new Promise((resolve) => this.untilEnded.push(resolve));
  }

  dispose(): void {
    this.unsubscribe();
    this.cancelTimer?.();
    this.phase = 'failed';
    this.settleWaiters();
  }

  private changed(): void {
    this.wasReady ||= this.ready;
    this.watchAbsence();
    this.settleWaiters();
  }

  private settleWaiters(): void {
    if (this.phase !== 'stopping') for (const resolve of this.untilEnded.splice(0)) resolve();
    for (const waiter of [...this.waiters]) {
      if (this[waiter.condition]) waiter.resolve();
      else if (this.refusal) waiter.reject(this.refusal);
    }
  }

  /** One timer for all who wait, from the moment the engine went away. It is there while it warms up. */
  private watchAbsence(): void {
    if (this.ready || (this.up && !this.isCold)) {
      this.cancelTimer?.();
      this.cancelTimer = undefined;
      this.isOverdue = false;
    } else if (this.patience) {
      this.cancelTimer ??= this.patience.clock.schedule(this.patience.maxWaitMs, () => {
        this.isOverdue = true;
        this.settleWaiters();
      });
    }
  }
}
