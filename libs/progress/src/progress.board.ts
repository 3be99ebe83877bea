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
 * event is worked out once and handed to the watchers of its own job alone. Of each job in an engine
 * it keeps the newest preview, for whoever comes to watch.
 */
export class ProgressBoard {
  private readonly snapshots = new Map<string, ProgressSnapshot>();
  private readonly previews = new Map<string, Preview>();
  private readonly watchers = new Map<string, Set<JobListener>>();
  private readonly subscriptions: readonly (() => void)[];

  constructor(
    bus: EventBus,
    private readonly log: Log = silentLog,
  ) {
    this.subscriptions = [
      bus.subscribe('job-attempt-began', (event) => this.begin(event)),
      bus.subscribe('job-progressed', ({ jobId, fact }) => this.advance(jobId, fact)),
      bus.subscribe('job-previewed', (event) => this.show(event)),
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

  /** The newest of a job that an engine has; `undefined` if there was none. */
  preview(jobId: string): Preview | undefined {
    return this.previews.get(jobId);
  }

  /** Tells `listener` what happens to the job from now on; the returned function ends it. */
  watch(jobId: string, listener: JobListener): () => void {
    const listeners = this.watchers.get(jobId) ?? new Set();
    // A wrapper of its own, so that one function may watch twice.
    const own: JobListener = (news) => listener(news);
    listeners.add(own);
    this.watchers.set(jobId, listeners);
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.watchers.get(jobId) === listeners) {
        this.watchers.delete(jobId);
      }
    };
  }

  /** What is held; for leak tests. */
  get size(): { readonly jobs: number; readonly watched: number } {
    const jobs = new Set([...this.snapshots.keys(), ...this.previews.keys()]);
    return { jobs: jobs.size, watched: this.watchers.size };
  }

  /** Listens no more, and forgets everything. */
  stop(): void {
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.snapshots.clear();
    this.previews.clear();
    this.watchers.clear();
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
    // What comes as PNG is what `SaveImageWebsocket` puts out, in full size: no preview.
    if (contentType !== 'image/jpeg' || !this.snapshots.has(jobId)) return;
    const preview = { nodeId, contentType, image };
    this.previews.set(jobId, preview);
    this.tell(jobId, { type: 'preview', preview });
  }

  private follow({ jobId, from, to }: EventMap['job-transitioned']): void {
    if (to === 'succeeded') this.advance(jobId, { type: 'succeeded' });
    if (!HAS_ENGINE.has(to)) this.forget(jobId);
    this.tell(jobId, { type: 'status', status: to, from });
  }

  private forget(jobId: string): void {
    this.snapshots.delete(jobId);
    this.previews.delete(jobId);
  }

  private tell(jobId: string, news: JobNews): void {
    for (const listener of this.watchers.get(jobId) ?? []) {
      try {
        listener(news);
      } catch (error) {
        this.log.error({ err: error, jobId, news: news.type }, 'a watcher of a job failed');
      }
    }
  }
}

const HAS_ENGINE: ReadonlySet<JobStatus> = new Set<JobStatus>(['running', 'canceling']);
