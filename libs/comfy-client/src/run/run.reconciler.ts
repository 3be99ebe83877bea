import type { HistoryEntry, QueueSnapshot } from '@gateway/comfy-protocol';
import { backoffDelayMs, type Clock, type Log } from '@gateway/kernel';

import type { ReconcilePolicy } from '../comfy-client.options';
import type { ComfyHttp } from '../http/comfy.http';
import type { OwnedTasks } from '../owned-tasks';
import { pause } from '../pause';
import type { PromptRun } from './prompt.run';

export interface ReconcilerOptions {
  readonly http: ComfyHttp;
  readonly clock: Clock;
  readonly log: Log;
  readonly tasks: OwnedTasks;
  readonly policy: ReconcilePolicy;
  /** An open socket kept silent about a run that moved on. */
  readonly onDeafSocket: () => void;
}

interface Watch {
  /** `follow` until the run has ended; `look` until it was seen alive in the queue. */
  until: 'ended' | 'seen';
  missingSince: number | undefined;
  unreachableSince: number | undefined;
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

  constructor(private readonly options: ReconcilerOptions) {}

  /** Runs being asked for now. */
  get size(): number {
    return this.watches.size;
  }

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
      this.watches.set(run, { until, missingSince: undefined, unreachableSince: undefined });
    } else {
      known.until = until;
    }
    this.sleep.abort();
    if (this.looping) return;
    this.looping = true;
    this.options.tasks.own('reconciling with the engine', this.loop());
  }

  private async loop(): Promise<void> {
    const { clock, policy } = this.options;
    try {
      for (let attempt = 1; this.watches.size > 0; attempt += 1) {
        this.sleep = new AbortController();
        const before = this.watches.size;
        const startedAt = clock.now();
        await this.ask();
        if (this.watches.size < before) attempt = 1;
        // A long answer (a long queue of large graphs) is not asked for all the time.
        const restMs = 2 * (clock.now() - startedAt);
        const delayMs = Math.max(backoffDelayMs(policy.interval, attempt, Math.random()), restMs);
        if (this.watches.size > 0) await pause(clock, delayMs, this.sleep.signal);
        if (this.sleep.signal.aborted) attempt = 0;
      }
    } finally {
      this.looping = false;
    }
  }

  private async ask(): Promise<void> {
    const watched = [...this.watches];
    let queue: QueueSnapshot;
    try {
      queue = await this.options.http.queue(this.stopped.signal);
    } catch (error) {
      for (const [run, watch] of watched) this.notAnswered(run, watch, error);
      return;
    }
    const running = new Map(queue.queue_running.map(([number, id]) => [id, number]));
    const pending = new Map(queue.queue_pending.map(([number, id]) => [id, number]));
    const gone: [PromptRun, Watch][] = [];
    for (const [run, watch] of watched) {
      watch.unreachableSince = undefined;
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
    if (overlooked) this.options.onDeafSocket();
  }

  private async askHistory(run: PromptRun, watch: Watch): Promise<void> {
    if (run.hasEnded()) {
      this.forget(run);
      return;
    }
    let entry: HistoryEntry | undefined;
    try {
      entry = await this.options.http.history(run.promptId, run.ended);
    } catch (error) {
      this.notAnswered(run, watch, error);
      return;
    }
    if (entry !== undefined) {
      run.foundInHistory(entry);
      this.forget(run);
      if (watch.until === 'seen') this.options.onDeafSocket();
      return;
    }
    const now = this.options.clock.now();
    watch.missingSince ??= now;
    if (now - watch.missingSince < this.patienceMs(run)) return;
    run.foundNowhere();
    this.forget(run);
  }

  /** How long a run may be absent before it counts as gone. */
  private patienceMs(run: PromptRun): number {
    const { goneAfterMs, lateHistoryMs } = this.options.policy;
    if (run.isEndAnnounced) return lateHistoryMs;
    // Taken out of the queue on our own request: there will be no history.
    return run.cancelRequested && !run.started ? 0 : goneAfterMs;
  }

  private notAnswered(run: PromptRun, watch: Watch, error: unknown): void {
    if (run.hasEnded() || this.stopped.signal.aborted) return;
    const { clock, policy, log } = this.options;
    const now = clock.now();
    watch.unreachableSince ??= now;
    if (now - watch.unreachableSince < policy.unreachableAfterMs) return;
    log.warn({ err: error, promptId: run.promptId }, 'The engine does not answer; prompt given up');
    run.lose(error instanceof Error ? error : new Error(String(error)));
    this.forget(run);
  }
}
