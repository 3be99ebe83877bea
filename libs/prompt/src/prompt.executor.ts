import type { JsonObject } from '@gateway/comfy-protocol';
import type { JobTransitioned } from '@gateway/events';
import {
  isTerminal,
  isTerminalStatus,
  type Claim,
  type JobQueue,
  type LiveJob,
  type OutputSink,
  type TerminalJob,
} from '@gateway/jobs';

import type { EngineRegistry } from './engine/engine';
import type { EngineCondition } from './engine/engine-readiness';
import { runJob, type JobRunDependencies, type LeftOfJob, type RunControl } from './job-run';
import { failureFrom } from './prompt-failure';
import { PreparingPlace } from './preparing-place';
import { PromptCanceledError, ShuttingDownError } from './prompt.errors';
import { finishUnrun } from './unrun-job';
import type { Release, Slots } from './slots';

export interface PromptExecutorDependencies extends JobRunDependencies {
  readonly queue: JobQueue;
  readonly engines: EngineRegistry;
  /** Places for jobs that are being prepared or wait, prepared, for the engine. */
  readonly preparing: Slots;
  /** Places for jobs that fetch their inputs, beside those. */
  readonly fetching: Slots;
}

/** What belongs to an accepted job and is in this process's memory alone. */
export interface Attachment {
  /** Who waits for the answer; absent when nobody does. */
  readonly waiter?: OutputSink | undefined;
  /** Credentials that came with it. */
  readonly secrets?: JsonObject | undefined;
}

/**
 * Takes jobs from the queue and sees each to its end. Preparing and finishing overlap with other
 * jobs' time in the engine; each has places of its own.
 */
export class PromptExecutor {
  private readonly active = new Map<string, AbortController>();
  private readonly attachments = new Map<string, Attachment>();
  private readonly stopClaiming = new AbortController();
  private readonly halted = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private cutOff: Error | undefined;
  private claiming: Promise<void> | undefined;
  private unsubscribe: (() => void) | undefined;
  private liveJobs = 0;
  private onIdle: (() => void) | undefined;

  constructor(private readonly dependencies: PromptExecutorDependencies) {}

  start(): void {
    this.unsubscribe = this.dependencies.bus.subscribe('job-transitioned', (transition) => {
      this.follow(transition);
    });
    this.claiming = this.claimJobs();
  }

  /** What belongs to a job besides its record. Call before the job is queued. */
  attach(jobId: string, attachment: Attachment): void {
    this.attachments.set(jobId, attachment);
  }

  /** Nobody waits for its answer any more. */
  detach(jobId: string): void {
    const attachment = this.attachments.get(jobId);
    if (attachment) this.attachments.set(jobId, { ...attachment, waiter: undefined });
  }

  /** Runs a job that is in no queue, before all others and as soon as an engine is up at all. */
  runAhead(jobId: string): void {
    this.runUnqueued(jobId, 'up');
  }

  /** Sees to a job that an earlier life of the gateway gave to an engine. */
  resume({ id }: LiveJob, left: LeftOfJob): void {
    this.runUnqueued(id, 'ready', left);
  }

  /** Does for an ended job what an earlier life of the gateway did not get done. */
  finishLater(job: TerminalJob): void {
    this.own(this.finishUnrun(job));
  }

  /** What is kept for jobs at this moment, for leak tests: all zero when nothing is going on. */
  get held(): Readonly<Record<'jobs' | 'attachments' | 'runs' | 'finishing' | 'waiting', number>> {
    const { preparing, finishing } = this.dependencies;
    return {
      jobs: this.active.size,
      attachments: this.attachments.size,
      runs: this.running.size,
      finishing: finishing.inUse,
      waiting: preparing.waiters + finishing.waiters,
    };
  }

  /**
   * Waits until every accepted job has ended. When `deadline` aborts, what is left is cut off: a job
   * that somebody waits for fails as `prompt.shutting_down`, and so do all where jobs do not outlive
   * this process; the others are left to the next one. What then hangs in an engine ends with that
   * engine, so the wait itself ends soon after the deadline.
   */
  async drain(deadline: AbortSignal): Promise<void> {
    const { clock, limits } = this.dependencies;
    let cancelTimer: (() => void) | undefined;
    const cutOff = (): void => {
      this.cutOff = new ShuttingDownError();
      for (const control of this.active.values()) control.abort(this.cutOff);
      cancelTimer = clock.schedule(limits.interruptGraceMs, () => this.onIdle?.());
      this.checkIdle();
    };
    if (deadline.aborted) cutOff();
    else deadline.addEventListener('abort', cutOff, { once: true });
    await this.whenIdle();
    deadline.removeEventListener('abort', cutOff);
    cancelTimer?.();
  }

  /** Claims nothing more and waits for the last runs. Call when their engines have stopped. */
  async stop(): Promise<void> {
    this.stopClaiming.abort();
    this.halted.abort();
    await this.claiming;
    await Promise.all(this.running);
    this.unsubscribe?.();
  }

  private whenIdle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => {
      this.onIdle = resolve;
    });
  }

  private checkIdle(): void {
    if (this.isIdle) this.onIdle?.();
  }

  /** Jobs that are left to the next life are live, and nobody works on them. */
  private get isIdle(): boolean {
    const queued = this.claiming ? this.dependencies.queue.depth() : 0;
    const waiting = this.cutOff ? queued : this.liveJobs;
    return waiting === 0 && this.running.size === 0;
  }

  private follow({ jobId, from, to }: JobTransitioned): void {
    if (from === undefined) this.liveJobs += 1;
    if (to === 'canceling') this.active.get(jobId)?.abort(new PromptCanceledError());
    if (to === 'canceled') this.settleCanceled(jobId);
    if (isTerminalStatus(to)) {
      this.liveJobs -= 1;
      this.checkIdle();
    }
  }

  private async claimJobs(): Promise<void> {
    const { preparing, queue } = this.dependencies;
    const { signal } = this.stopClaiming;
    while (!signal.aborted) {
      const leavePreparing = await preparing.acquire(signal).catch(() => undefined);
      if (!leavePreparing) return;
      const claim = await queue.claim(signal);
      if (!claim) {
        leavePreparing();
        return;
      }
      this.own(this.runClaimed(claim, this.placeOf(leavePreparing), { awaits: 'ready' }));
    }
  }

  private runUnqueued(jobId: string, awaits: EngineCondition, left?: LeftOfJob): void {
    const claim = { jobId, ack: () => Promise.resolve() };
    const place = this.placeOf(() => undefined);
    this.own(this.runClaimed(claim, place, { awaits, left }));
  }

  private placeOf(release: Release): PreparingPlace {
    const { preparing, fetching } = this.dependencies;
    return new PreparingPlace(release, { preparing, fetching });
  }

  private own(run: Promise<void>): void {
    const owned = run
      .catch((error: unknown) => {
        this.dependencies.log.error({ err: error }, 'job run broke');
      })
      .finally(() => {
        this.running.delete(owned);
        this.checkIdle();
      });
    this.running.add(owned);
  }

  private async runClaimed(
    claim: Pick<Claim, 'jobId' | 'ack'>,
    place: PreparingPlace,
    how: Pick<RunControl, 'awaits' | 'left'>,
  ): Promise<void> {
    const { jobId } = claim;
    const cancel = new AbortController();
    if (this.cutOff) cancel.abort(this.cutOff);
    this.active.set(jobId, cancel);
    const { waiter, secrets } = this.attachments.get(jobId) ?? {};
    try {
      const job = await this.dependencies.jobs.get(jobId);
      if (!job) return;
      if (isTerminal(job)) {
        await this.finishUnrun(job);
        return;
      }
      if (job.status === 'canceling') cancel.abort(new PromptCanceledError());
      const { signal: halted } = this.halted;
      const { attachments } = this;
      const control = {
        cancel,
        place,
        secrets,
        halted,
        ...how,
        get waiter() {
          return attachments.get(jobId)?.waiter;
        },
      };
      await runJob(job, this.dependencies.engines.pick(), control, this.dependencies);
    } catch (error) {
      // Nothing above throws by design; a caller must get an answer even so.
      waiter?.settle({ outcome: 'failed', jobId, failure: failureFrom(error) });
      throw error;
    } finally {
      place.leave();
      this.active.delete(jobId);
      this.attachments.delete(jobId);
      await claim.ack();
    }
  }

  /** A job canceled while it waited is not run by anybody; whoever is to know is told here. */
  private settleCanceled(jobId: string): void {
    const control = this.active.get(jobId);
    if (control) control.abort(new PromptCanceledError());
    else this.own(this.endCanceled(jobId));
  }

  private async endCanceled(jobId: string): Promise<void> {
    const job = await this.dependencies.jobs.get(jobId);
    if (job && isTerminal(job)) await this.finishUnrun(job);
  }

  private async finishUnrun(job: TerminalJob): Promise<void> {
    const { waiter } = this.attachments.get(job.id) ?? {};
    this.attachments.delete(job.id);
    const { files } = this.dependencies.engines.pick();
    await finishUnrun(job, waiter, { ...this.dependencies, files });
  }
}
