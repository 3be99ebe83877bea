import { randomUUID } from 'node:crypto';

import type { EventBus } from '@gateway/events';
import type { Clock } from '@gateway/kernel';

import type { Admission } from './admission';
import {
  isTerminal,
  type Job,
  type JobRequest,
  type JobSummary,
  type LiveJob,
  type QueuedJob,
  type TerminalJob,
} from './job';
import { acceptJob, applyFact, type JobFact } from './job.lifecycle';
import type { JobQueue } from './job-queue.port';
import type { JobQuery, JobStore, ListedJob } from './job-store.port';
import {
  IllegalTransitionError,
  JobConflictError,
  JobExistsError,
  JobNotFoundError,
  NotAcceptingError,
} from './jobs.errors';

/** The one owner of every record until API keys exist. */
export const SOLE_OWNER = 'default';

/** What an earlier life of the gateway did not get done. */
export interface LeftBehind {
  /** In the queue again. */
  readonly queued: readonly LiveJob[];
  /** Given to an engine; what became of them there is to be found out. */
  readonly inEngine: readonly LiveJob[];
  /** Ended, with something left to be done for them. */
  readonly unsettled: readonly TerminalJob[];
}

export interface SubmitHooks {
  /** Its writes are written with the job or not at all. */
  readonly alongside?: (() => void) | undefined;
  /** The id is taken, and nobody works on the job yet. */
  readonly onStored?: (job: QueuedJob) => void;
}

/** Accepts jobs and moves them through their life; the only writer of the store and the queue. */
export class JobService {
  private closedBecause: string | undefined;
  /** Queued jobs, in the queue or out of it to be prepared, in the order they came to wait. */
  private readonly waiting = new Set<string>();

  constructor(
    private readonly store: JobStore,
    private readonly queue: JobQueue,
    private readonly admission: Admission,
    private readonly bus: EventBus,
    private readonly clock: Clock,
    /** How long an ended job can be read; 0: until it is removed. */
    private readonly retentionMs = 0,
  ) {}

  /**
   * Stores a job, then queues it. What this promise answered is not lost by anything the store
   * survives.
   *
   * @throws NotAcceptingError (`queue.closed`), QueueFullError (`queue.full`),
   *   JobExistsError (`job.exists`).
   */
  async submit(
    request: JobRequest,
    id: string = randomUUID(),
    hooks: SubmitHooks = {},
  ): Promise<QueuedJob> {
    if (this.closedBecause !== undefined) throw new NotAcceptingError(this.closedBecause);
    this.admission.check(request.sizeBytes);
    const job = await this.accept(request, id, hooks);
    await this.queue.enqueue(id, { priority: request.priority ?? 0 });
    return job;
  }

  /**
   * Stores a job that its submitter sees to himself: it enters no queue, and a full one is no reason
   * to refuse it.
   *
   * @throws NotAcceptingError (`queue.closed`), JobExistsError (`job.exists`).
   */
  async accept(
    request: JobRequest,
    id: string = randomUUID(),
    hooks: SubmitHooks = {},
  ): Promise<QueuedJob> {
    if (this.closedBecause !== undefined) throw new NotAcceptingError(this.closedBecause);
    this.wait(id, request);
    const job = acceptJob({ id, ownerId: SOLE_OWNER }, request, this.clock.now());
    try {
      await this.store.insert(job, hooks.alongside);
    } catch (error) {
      this.leave(id, request);
      throw error;
    }
    hooks.onStored?.(job);
    this.bus.publish('job-transitioned', { jobId: id, to: 'queued', at: job.createdAt });
    return job;
  }

  /**
   * Refuses what {@link submit} would refuse now, before anything is done for the job. An id that was
   * minted for it is nobody's, and not looked up.
   *
   * @throws NotAcceptingError (`queue.closed`), QueueFullError (`queue.full`), JobExistsError
   *   (`job.exists`).
   */
  async ensureAcceptable(id: string | undefined, sizeBytes: number): Promise<void> {
    if (this.closedBecause !== undefined) throw new NotAcceptingError(this.closedBecause);
    this.admission.check(sizeBytes);
    if (id !== undefined && (await this.store.get(id))) throw new JobExistsError(id);
  }

  /**
   * Takes up what an earlier life of the gateway left. What waited waits again, in its old order;
   * the others are for whoever runs jobs. Call once, before the first job is submitted.
   */
  async restore(): Promise<LeftBehind> {
    await this.forgetTransient();
    const live = await this.store.listLive();
    const unsettled = await this.store.listUnsettled();
    for (const job of live) {
      if (job.status === 'queued') this.wait(job.id, job.request);
      const { id: jobId, status: to } = job;
      this.bus.publish('job-transitioned', { jobId, to, at: this.clock.now() });
    }
    const queued = live.filter((job) => job.status === 'queued');
    for (const { id, request } of queued) {
      await this.queue.enqueue(id, { priority: request.priority ?? 0 });
    }
    const inEngine = live.filter((job) => job.status !== 'queued');
    return { queued, inEngine, unsettled };
  }

  get(id: string): Promise<Job | undefined> {
    return this.store.get(id, this.endedFrom);
  }

  /** {@link get} without what can be large. */
  summary(id: string): Promise<JobSummary | undefined> {
    return this.store.summary(id, this.endedFrom);
  }

  /** Retained jobs, newest first. */
  list(query: JobQuery): Promise<readonly ListedJob[]> {
    return this.store.list({ ...query, endedFrom: this.endedFrom });
  }

  /**
   * Whether a job that may have files of its own has an id that goes on after this one and a `_`, or
   * that this one goes on after: then names of files do not tell the two apart.
   */
  sharesNames(id: string): Promise<boolean> {
    const shorter = [...id.matchAll(/_/g)].map(({ index }) => id.slice(0, index));
    return this.store.hasUnsettled({ beginningWith: `${id}_`, among: shorter });
  }

  /**
   * Nothing is left to be done for an ended job. Until this is said, a next life takes it up again.
   * `soon`: where doing it again would do no harm, it is written with whatever is written next.
   */
  settle(id: string, soon?: 'soon'): Promise<void> {
    return this.store.settle(id, soon);
  }

  /**
   * Applies a fact to the job as it stands now, and again if somebody else was faster. `settled`:
   * with the end that this fact is, nothing is left to be done; {@link settle} in the same write.
   *
   * @throws JobNotFoundError (`job.not_found`), IllegalTransitionError (`job.illegal_transition`),
   *   JobConflictError (`job.conflict`) when somebody else is faster again and again.
   */
  async record(id: string, fact: JobFact, settled?: 'settled'): Promise<Job> {
    for (let triesLeft = MAX_TRIES; ; triesLeft -= 1) {
      const job = await this.store.get(id);
      if (!job) throw new JobNotFoundError(id);
      const next = applyFact(job, fact, this.clock.now());
      if (next === job) return job;
      try {
        // When it began is for those who ask; a next life asks the engine.
        if (fact.type === 'execution-started' && !isTerminal(next)) await this.store.note(next);
        else await this.store.update(next, settled);
      } catch (error) {
        if (error instanceof JobConflictError && triesLeft > 1) continue;
        throw error;
      }
      // Not before it is written down: a job that is still queued must be in the queue.
      if (job.status === 'queued' && isTerminal(next)) await this.queue.remove(id);
      this.announce(job, next);
      return next;
    }
  }

  /**
   * Asks for the end of a job: a waiting one is canceled at once, a running one is `canceling` until
   * its engine has let go of it. An ended job is returned as it is.
   *
   * @throws JobNotFoundError (`job.not_found`).
   */
  async cancel(id: string): Promise<JobSummary> {
    const job = await this.summary(id);
    if (!job) throw new JobNotFoundError(id);
    if (isTerminal(job)) return job;
    try {
      return await this.record(id, { type: 'cancel-requested' });
    } catch (error) {
      // It ended meanwhile: nothing else makes this fact illegal.
      if (error instanceof IllegalTransitionError) return this.cancel(id);
      throw error;
    }
  }

  /** Refuses new jobs from now on, for the reason given. */
  stopAccepting(reason: string): void {
    this.closedBecause ??= reason;
  }

  get accepting(): boolean {
    return this.closedBecause === undefined;
  }

  /** Jobs that wait for an engine: in the queue, being prepared, or prepared. */
  get queued(): number {
    return this.admission.queued;
  }

  /**
   * How many jobs go before this one: those that are being prepared, then those that are in the queue;
   * `undefined`: it does not wait.
   */
  position(id: string): number | undefined {
    const inPreparation = Math.max(0, this.waiting.size - this.queue.depth());
    const inQueue = this.queue.position(id);
    if (inQueue !== undefined) return inPreparation + inQueue;
    return this.waiting.has(id) ? this.placeInPreparation(id, inPreparation) : undefined;
  }

  /** What is to be forgotten is not shown, though its turn to be removed may be yet to come. */
  private get endedFrom(): number {
    return this.retentionMs === 0 ? -Infinity : this.clock.now() - this.retentionMs;
  }

  private placeInPreparation(id: string, inPreparation: number): number {
    let before = 0;
    for (const other of this.waiting) {
      if (other === id || before === inPreparation - 1) break;
      if (this.queue.position(other) === undefined) before += 1;
    }
    return before;
  }

  private wait(id: string, { sizeBytes }: JobRequest): void {
    this.waiting.add(id);
    this.admission.add(sizeBytes);
  }

  private leave(id: string, { sizeBytes }: JobRequest): void {
    this.waiting.delete(id);
    this.admission.leave(sizeBytes, this.clock.now());
  }

  /** What meant nothing beyond the life it was made in. */
  private async forgetTransient(): Promise<void> {
    const live = await this.store.listLive();
    for (const job of live.filter(({ request }) => request.transient)) {
      await this.store.update(applyFact(job, { type: 'canceled' }, this.clock.now()), 'settled');
      await this.store.remove(job.id);
    }
  }

  private announce(from: Job, to: Job): void {
    if (from.status === to.status) return;
    const now = this.clock.now();
    if (from.status === 'queued') this.leave(from.id, from.request);
    if (to.status === 'queued') this.wait(to.id, to.request);
    this.bus.publish('job-transitioned', {
      jobId: to.id,
      from: from.status,
      to: to.status,
      at: now,
      ...('failure' in to && { failure: to.failure }),
    });
  }
}

/** More than there are facts that can be told of one job at once. */
const MAX_TRIES = 100;
