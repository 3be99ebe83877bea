import type { HistoryEntry, QueueSnapshot } from '@gateway/comfy-protocol';
import { pause, backoffDelayMs, type Clock, type Log } from '@gateway/kernel';

import { ComfyUnreachableError } from '../comfy-client.errors';
import type { ReconcilePolicy } from '../comfy-client.options';
import type { ComfyHttp } from '../http/comfy.http';
import type { OwnedTasks } from '../owned-tasks';
import type { EngineSocket } from '../socket/engine.socket';
import type { PromptRun } from './prompt.run';

export interface ReconcilerParts {
  readonly http: ComfyHttp;
  readonly socket: EngineSocket;
  readonly clock: Clock;
  readonly log: Log;
  readonly tasks: OwnedTasks;
}

interface Watch {
  /** Until the run has ended, or only until it was seen alive in the queue. */
  until: 'ended' | 'seen';
  missingSince: number | undefined;
  unansweredSince: number | undefined;
}

/**
 * Finds out by asking how runs stand whose events do not come.
 *
 * One loop for all of them: a single read of `/queue` answers for every run, and only a run that
 * left it costs a read of `/history/{id}`. In that order, because a prompt moves from the queue to
 * the history under one lock, so what is in neither is gone.
 */
export class RunReconciler {
  private readonly watches = new Map<PromptRun, Watch>();
  private readonly stopped = new AbortController();
  private sleep = new AbortController();
  private looping = false;

  constructor(
    private readonly parts: ReconcilerParts,
    private readonly policy: ReconcilePolicy,
  ) {}

  /** Asks until the run has ended, beginning at once. */
  follow(run: PromptRun): void {
    this.watch(run, 'ended');
  }

  /** Asks whether the run is still alive. */
  look(run: PromptRun): void {
    if (!this.watches.has(run)) this.watch(run, 'seen');
  }

  forget(run: PromptRun): void {
    if (this.watches.delete(run) && this.watches.size === 0) this.sleep.abort();
  }

  stop(): void {
    this.stopped.abort();
    this.watches.clear();
    this.sleep.abort();
  }

  private watch(run: PromptRun, until: Watch['until']): void {
    if (this.stopped.signal.aborted || run.hasEnded()) return;
    const known = this.watches.get(run);
    if (known === undefined) {
      this.watches.set(run, { until, missingSince: undefined, unansweredSince: undefined });
    } else {
      known.until = until;
    }
    this.sleep.abort();
    if (this.looping) return;
    this.looping = true;
    this.parts.tasks.own('reconciling with the engine', this.loop());
  }

  private async loop(): Promise<void> {
    const { clock } = this.parts;
    let attempt = 0;
    try {
      while (this.watches.size > 0) {
        this.sleep = new AbortController();
        const before = this.watches.size;
        const startedAt = clock.now();
        await this.ask();
        if (this.watches.size === 0) return;
        attempt = this.watches.size < before ? 1 : attempt + 1;
        // A long answer (a long queue of large graphs) is not asked for all the time.
        const restMs = 2 * (clock.now() - startedAt);
        const delayMs = backoffDelayMs(this.policy.interval, attempt, Math.random());
        await pause(clock, Math.max(delayMs, restMs), this.sleep.signal);
        if (this.sleep.signal.aborted) attempt = 0;
      }
    } catch (error) {
      this.loseAll(error);
      throw error;
    } finally {
      this.looping = false;
    }
  }

  /** Nobody asks for them any more, so they must not wait. */
  private loseAll(error: unknown): void {
    const cause = error instanceof Error ? error : new Error(String(error));
    const left = [...this.watches.keys()];
    this.watches.clear();
    for (const run of left) run.lose(cause);
  }

  private async ask(): Promise<void> {
    const watched = [...this.watches];
    let queue: QueueSnapshot;
    try {
      queue = await this.parts.http.queue(this.stopped.signal);
    } catch (error) {
      for (const [run, watch] of watched) this.notAnswered(run, watch, error);
      return;
    }
    const running = new Map(queue.queue_running.map(([number, id]) => [id, number]));
    const pending = new Map(queue.queue_pending.map(([number, id]) => [id, number]));
    const gone: [PromptRun, Watch][] = [];
    for (const [run, watch] of watched) {
      watch.unansweredSince = undefined;
      const runningAs = running.get(run.promptId);
      const pendingAs = pending.get(run.promptId);
      if (runningAs === undefined && pendingAs === undefined) {
        gone.push([run, watch]);
        continue;
      }
      const overlooked = runningAs !== undefined && !run.started;
      if (runningAs !== undefined) run.foundRunning(runningAs);
      else if (pendingAs !== undefined) run.foundPending(pendingAs);
      this.seen(run, watch, overlooked);
    }
    await Promise.all(gone.map(([run, watch]) => this.askHistory(run, watch)));
  }

  private seen(run: PromptRun, watch: Watch, overlooked: boolean): void {
    watch.missingSince = undefined;
    if (watch.until !== 'seen') return;
    this.forget(run);
    if (overlooked) this.renewSocket();
  }

  private async askHistory(run: PromptRun, watch: Watch): Promise<void> {
    if (run.hasEnded()) {
      this.forget(run);
      return;
    }
    let entry: HistoryEntry | undefined;
    try {
      entry = await this.parts.http.history(run.promptId, run.ended);
    } catch (error) {
      this.notAnswered(run, watch, error);
      return;
    }
    if (entry !== undefined) {
      run.foundInHistory(entry);
      this.forget(run);
      if (watch.until === 'seen') this.renewSocket();
      return;
    }
    const now = this.parts.clock.now();
    watch.missingSince ??= now;
    if (now - watch.missingSince < this.patienceMs(run)) return;
    run.foundNowhere();
    this.forget(run);
  }

  /** How long a run may be absent before it counts as gone. */
  private patienceMs(run: PromptRun): number {
    const { goneAfterMs, lateHistoryMs } = this.policy;
    if (run.isEndAnnounced) return lateHistoryMs;
    // Taken out of the queue on our own request: there will be no history.
    return run.cancelRequested && !run.started ? 0 : goneAfterMs;
  }

  private notAnswered(run: PromptRun, watch: Watch, error: unknown): void {
    if (run.hasEnded() || this.stopped.signal.aborted) return;
    const { clock, log } = this.parts;
    const now = clock.now();
    watch.unansweredSince ??= now;
    const isRefused = error instanceof ComfyUnreachableError && !error.mayHaveArrived;
    const { unreachableAfterMs, unresponsiveAfterMs } = this.policy;
    const patienceMs = isRefused ? unreachableAfterMs : unresponsiveAfterMs;
    if (now - watch.unansweredSince < patienceMs) return;
    log.warn({ err: error, promptId: run.promptId }, 'The engine does not answer; prompt given up');
    run.lose(error instanceof Error ? error : new Error(String(error)));
    this.forget(run);
  }

  /** An open socket kept silent about a run that moved on. */
  private renewSocket(): void {
    this.parts.socket.renew('the engine sent no events');
  }
}
