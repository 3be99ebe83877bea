import type { EventBus, EnginePhase } from '@gateway/events';

import { EngineUnavailableError } from '../prompt.errors';

type Waiter = { readonly resolve: () => void; readonly reject: (cause: Error) => void };

/**
 * Lets callers wait until an engine can take prompts. Waiting outlasts starts and restarts; it ends
 * with an error when the engine is gone for good.
 */
export class EngineReadiness {
  private phase: EnginePhase | 'not-started' = 'not-started';
  private cause: Error | undefined;
  private wasReady = false;
  private readonly waiters = new Set<Waiter>();
  private readonly unsubscribe: () => void;

  constructor(engineId: string, bus: EventBus) {
    this.unsubscribe = bus.subscribe('engine-phase-changed', (event) => {
      if (event.engineId !== engineId) return;
      this.phase = event.to;
      this.wasReady ||= this.ready;
      this.cause = event.cause;
      this.settleWaiters();
    });
  }

  get ready(): boolean {
    return this.phase === 'ready';
  }

  /** Whether it was ready once; stays true for the life of the process. */
  get everReady(): boolean {
    return this.wasReady;
  }

  /** Whether no start will follow any more. `stopping` may be the first half of a restart. */
  get gone(): boolean {
    return this.phase === 'failed' || this.phase === 'stopped';
  }

  /** @throws EngineUnavailableError (`prompt.engine_unavailable`), or the signal's reason. */
  whenReady(signal: AbortSignal): Promise<void> {
    if (this.ready) return Promise.resolve();
    if (this.gone) return Promise.reject(new EngineUnavailableError(this.cause));
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        signal.removeEventListener('abort', giveUp);
        this.waiters.delete(waiter);
        finish();
      };
      const waiter: Waiter = {
        resolve: () => settle(resolve),
        reject: (cause) => settle(() => reject(cause)),
      };
      const giveUp = (): void => waiter.reject(signal.reason as Error);
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiters.add(waiter);
    });
  }

  dispose(): void {
    this.unsubscribe();
    this.phase = 'failed';
    this.settleWaiters();
  }

  private settleWaiters(): void {
    for (const waiter of [...this.waiters]) {
      if (this.ready) waiter.resolve();
      else if (this.gone) waiter.reject(new EngineUnavailableError(this.cause));
    }
  }
}
