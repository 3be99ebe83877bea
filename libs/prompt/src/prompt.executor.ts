import type { JobTransitioned } from '@gateway/events';
import {
  isTerminal,
  isTerminalStatus,
  type Claim,
  type JobQueue,
  type JobResult,
  type OutputSink,
} from '@gateway/jobs';

import type { EngineRegistry } from './engine/engine';
import type { EngineCondition } from './engine/engine-readiness';
import { runJob, type JobRunDependencies } from './job-run';
import { failureFrom } from './prompt-failure';
import { PreparingPlace } from './preparing-place';
import { PromptCanceledError, ShuttingDownError } from './prompt.errors';
import type { Release, Slots } from './slots';

export interface PromptExecutorDependencies extends JobRunDependencies {
  readonly queue: JobQueue;
  readonly engines: EngineRegistry;
  /** Places for jobs that are being prepared or wait, prepared, for the engine. */
  readonly preparing: Slots;
  /** Places for jobs that fetch their inputs, beside those. */
  readonly fetching: Slots;
}

/** What belongs to an accepted job, beside its record. */
export interface Attachment {
  /** Takes the result; absent when nobody asked for it. */
  readonly sink: OutputSink | undefined;
  /** Folders of inputs that were written when the job was accepted. */
  readonly inputFolders: readonly string[];
}

/**
 * Takes jobs from the queue and sees each to its end. Preparing and finishing overlap with other
 * jobs' time in the engine; each has places of its own.
 */
export class PromptExecutor {
  private readonly active = new Map<string, AbortController>();
  private readonly attachments = new Map<string, Attachment>();
  private readonly stopClaiming = new AbortController();
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

  /** Runs a job that is in no queue, before all others and as soon as an engine is up at all. */
  runAhead(jobId: string): void {
    const claim = { jobId, ack: () => Promise.resolve() };
    this.own(
      this.runClaimed(
        claim,
        this.placeOf(() => undefined),
        'up',
      ),
    );
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
   * Waits until every accepted job has ended. When `deadline` aborts, what is left is cut off and
   * fails as `prompt.shutting_down`; what then hangs in an engine ends with that engine, so the
   * wait itself ends soon after the deadline.
   */
  async drain(deadline: AbortSignal): Promise<void> {
    const { clock, limits } = this.dependencies;
    let cancelTimer: (() => void) | undefined;
    const cutOff = (): void => {
      this.cutOff = new ShuttingDownError();
      for (const control of this.active.values()) control.abort(this.cutOff);
      cancelTimer = clock.schedule(limits.interruptGraceMs, () => this.onIdle?.());
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
    await this.claiming;
    await Promise.all(this.running);
    this.unsubscribe?.();
  }

  private whenIdle(): Promise<void> {
    if (this.liveJobs === 0 && this.running.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.onIdle = resolve;
    });
  }

  private checkIdle(): void {
    if (this.liveJobs === 0 && this.running.size === 0) this.onIdle?.();
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
      this.own(this.runClaimed(claim, this.placeOf(leavePreparing), 'ready'));
    }
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
    awaits: EngineCondition,
  ): Promise<void> {
    const { jobId } = claim;
    const cancel = new AbortController();
    if (this.cutOff) cancel.abort(this.cutOff);
    this.active.set(jobId, cancel);
    try {
      const job = await this.dependencies.jobs.get(jobId);
      if (!job || isTerminal(job)) {
        await this.dropAttachment(jobId);
        return;
      }
      const sink = this.attachments.get(jobId)?.sink;
      const control = { cancel, place, sink, awaits };
      await runJob(job, this.dependencies.engines.pick(), control, this.dependencies);
    } catch (error) {
      // Nothing above throws by design; a caller must get an answer even so.
      const failure = failureFrom(error);
      this.attachments.get(jobId)?.sink?.settle({ outcome: 'failed', jobId, failure });
      throw error;
    } finally {
      place.leave();
      this.active.delete(jobId);
      this.attachments.delete(jobId);
      await claim.ack();
    }
  }

  /** A job canceled while it waited is not run by anybody; its sink is told here. */
  private settleCanceled(jobId: string): void {
    const control = this.active.get(jobId);
    if (control) {
      control.abort(new PromptCanceledError());
      return;
    }
    this.own(this.dropAttachment(jobId));
  }

  /** Nobody will run this job: its sink is told, and what was stored for it goes. */
  private async dropAttachment(jobId: string): Promise<void> {
    const attachment = this.attachments.get(jobId);
    this.attachments.delete(jobId);
    attachment?.sink?.settle(canceledResult(jobId));
    const { files } = this.dependencies.engines.pick();
    const folders = attachment?.inputFolders ?? [];
    await Promise.all(folders.map((folder) => files.removeInputs(folder)));
  }
}

function canceledResult(jobId: string): JobResult {
  const { code, message } = new PromptCanceledError();
  return { outcome: 'failed', jobId, failure: { code, message } };
}
