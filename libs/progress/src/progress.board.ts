import type { EventBus, EventMap, JobPreviewed, JobStatus } from '@gateway/events';
import { silentLog, type Log } from '@gateway/kernel';

import { planGraph } from './graph-plan';
import {
  applyProgress,
  beginProgress,
  type Progress,
  type ProgressFact,
  type ProgressSnapshot,
} from './progress.snapshot';

/** What a watcher of a job is told. */
export type JobNews =
  | { readonly type: 'status'; readonly status: JobStatus; readonly from: JobStatus | undefined }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'preview'; readonly preview: Preview }
  | { readonly type: 'output'; readonly assetId: string };

/** The newest picture of a running job. */
export type Preview = Pick<JobPreviewed, 'nodeId' | 'contentType' | 'image'>;

/** Called while the engine's socket is read: it must not block. */
export type JobListener = (news: JobNews) => void;

/**
 * How far each live job is, and who watches it. It listens to the bus once, whoever watches; each
 * event is worked out once and handed to the watchers of its own job alone. Previews are taken only
 * while somebody watches some job, and kept only for jobs that are watched.
 */
export class ProgressBoard {
  private readonly snapshots = new Map<string, ProgressSnapshot>();
  private readonly watched = new Map<string, WatchedJob>();
  private readonly subscriptions: readonly (() => void)[];
  private ignorePreviews: (() => void) | undefined;

  constructor(
    private readonly bus: EventBus,
    private readonly log: Log = silentLog,
  ) {
    this.subscriptions = [
      bus.subscribe('job-attempt-began', (event) => this.begin(event)),
      bus.subscribe('job-progressed', ({ jobId, fact }) => this.advance(jobId, fact)),
      bus.subscribe('job-output-kept', ({ jobId, assetId }) => {
        this.tell(jobId, { type: 'output', assetId });
      }),
      bus.subscribe('job-transitioned', (event) => this.follow(event)),
    ];
  }

  /** Of a job that an engine has; `undefined` while it waits, and once it ended. */
  current(jobId: string): Progress | undefined {
    return this.snapshots.get(jobId)?.progress;
  }

  /** The newest since somebody has been watching; `undefined` if there was none. */
  preview(jobId: string): Preview | undefined {
    return this.watched.get(jobId)?.preview;
  }

  /** Tells `listener` what happens to the job from now on; the returned function ends it. */
  watch(jobId: string, listener: JobListener): () => void {
    const job = this.watched.get(jobId) ?? { listeners: new Set(), preview: undefined };
    // A wrapper of its own, so that one function may watch twice.
    const own: JobListener = (news) => listener(news);
    job.listeners.add(own);
    this.watched.set(jobId, job);
    this.ignorePreviews ??= this.bus.subscribe('job-previewed', (event) => this.show(event));
    return () => this.unwatch(jobId, job, own);
  }

  /** What is held; for leak tests. */
  get size(): { readonly jobs: number; readonly watched: number } {
    return { jobs: this.snapshots.size, watched: this.watched.size };
  }

  /** Listens no more, and forgets everything. */
  stop(): void {
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.ignorePreviews?.();
    this.ignorePreviews = undefined;
    this.snapshots.clear();
    this.watched.clear();
  }

  private begin({ jobId, graph, outputNodes }: EventMap['job-attempt-began']): void {
    this.put(jobId, beginProgress(planGraph(graph, outputNodes)));
  }

  /** An engine may still talk about a job that ended: it is not taken up again. */
  private advance(jobId: string, fact: ProgressFact): void {
    const snapshot = this.snapshots.get(jobId);
    if (!snapshot) return;
    const next = applyProgress(snapshot, fact);
    if (next === snapshot) return;
    if (next.progress === snapshot.progress) this.snapshots.set(jobId, next);
    else this.put(jobId, next);
  }

  private put(jobId: string, snapshot: ProgressSnapshot): void {
    this.snapshots.set(jobId, snapshot);
    this.tell(jobId, { type: 'progress', progress: snapshot.progress });
  }

  private show({ jobId, nodeId, contentType, image }: JobPreviewed): void {
    const job = this.watched.get(jobId);
    // What comes as PNG is what `SaveImageWebsocket` puts out, in full size: no preview.
    if (!job || contentType !== 'image/jpeg' || !this.snapshots.has(jobId)) return;
    job.preview = { nodeId, contentType, image };
    this.tell(jobId, { type: 'preview', preview: job.preview });
  }

  private follow({ jobId, from, to }: EventMap['job-transitioned']): void {
    if (to === 'succeeded') this.advance(jobId, { type: 'succeeded' });
    if (!HAS_ENGINE.has(to)) this.forget(jobId);
    this.tell(jobId, { type: 'status', status: to, from });
  }

  private forget(jobId: string): void {
    this.snapshots.delete(jobId);
    const job = this.watched.get(jobId);
    if (job) job.preview = undefined;
  }

  private tell(jobId: string, news: JobNews): void {
    for (const listener of this.watched.get(jobId)?.listeners ?? []) {
      try {
        listener(news);
      } catch (error) {
        this.log.error({ err: error, jobId, news: news.type }, 'a watcher of a job failed');
      }
    }
  }

  private unwatch(jobId: string, job: WatchedJob, listener: JobListener): void {
    job.listeners.delete(listener);
    if (job.listeners.size > 0 || this.watched.get(jobId) !== job) return;
    this.watched.delete(jobId);
    if (this.watched.size > 0) return;
    this.ignorePreviews?.();
    this.ignorePreviews = undefined;
  }
}

interface WatchedJob {
  readonly listeners: Set<JobListener>;
  preview: Preview | undefined;
}

const HAS_ENGINE: ReadonlySet<JobStatus> = new Set<JobStatus>(['running', 'canceling']);
