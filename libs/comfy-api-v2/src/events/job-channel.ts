import type { JobStatus } from '@gateway/events';
import { isTerminalStatus } from '@gateway/jobs';
import type { JobNews, Preview, Progress } from '@gateway/progress';

import { sseFrame } from './sse-frame';
import type { StreamedOutput } from './streamed-jobs.port';

/** The newest of something: who has seen an older number has something to get. */
interface Newest {
  readonly number: number;
  readonly frame: Buffer | undefined;
}

const NOTHING: Newest = { number: 0, frame: undefined };

/** How often a channel makes new frames of what changes quickly. Durations are milliseconds. */
export interface ChannelPace {
  readonly progressMs: number;
  readonly previewMs: number;
  /** What previews of one job may cost per second, over all its watchers. */
  readonly previewBytesPerS: number;
}

/**
 * What there is to tell of one job, as frames that all its watchers share; only outputs are put into
 * words for each, with the address he calls us by. It keeps what every watcher must get (statuses,
 * outputs) and the newest of what may be passed over.
 */
export class JobChannel {
  /** From the status at the first connection on, without the terminal one. */
  readonly statuses: Buffer[] = [];
  readonly outputs: StreamedOutput[] = [];
  /** The last of `statuses` was written anew, with another place in the queue. */
  repositioned = 0;
  progress = NOTHING;
  preview = NOTHING;
  log = NOTHING;
  /** The terminal status: nothing comes after it. */
  last: Buffer | undefined;

  private status: JobStatus | undefined;
  private position: number | undefined;
  private readonly outputIds = new Set<string>();
  private pendingProgress: Progress | undefined;
  private pendingPreview: Preview | undefined;
  private progressDueAt = 0;
  private previewDueAt = 0;

  constructor(private readonly pace: ChannelPace) {}

  get isWaiting(): boolean {
    return this.status === 'queued';
  }

  get knowsStatus(): boolean {
    return this.status !== undefined;
  }

  /** Something newer than its frame waits for its time. */
  get isDirty(): boolean {
    return this.pendingProgress !== undefined || this.pendingPreview !== undefined;
  }

  /** A status that the job moved to; a terminal one only once its outputs are here. */
  moveTo(status: JobStatus, position?: number): void {
    if (this.last !== undefined || this.status === status) return;
    this.status = status;
    this.position = position;
    if (isTerminalStatus(status)) {
      this.ripenProgress();
      this.pendingPreview = undefined;
      this.last = statusFrame(status, undefined);
      return;
    }
    this.statuses.push(statusFrame(status, position));
    if (status === 'queued') this.forgetAttempt();
  }

  /** `false`: that is where it was. */
  repositionTo(position: number | undefined): boolean {
    if (!this.isWaiting || position === this.position) return false;
    this.position = position;
    this.statuses[this.statuses.length - 1] = statusFrame('queued', position);
    this.repositioned += 1;
    return true;
  }

  addOutput(output: StreamedOutput): void {
    if (this.last !== undefined || this.outputIds.has(output.id)) return;
    this.outputIds.add(output.id);
    this.outputs.push(output);
  }

  warn(message: string): void {
    this.log = next(this.log, sseFrame('log', { level: 'warning', message }));
  }

  /** Takes what may be passed over; {@link ripen} makes the frames. */
  note(news: Extract<JobNews, { readonly type: 'progress' | 'preview' }>): void {
    if (news.type === 'progress') this.pendingProgress = news.progress;
    else this.pendingPreview = news.preview;
  }

  /** Makes frames of what is due. `false`: there was nothing. */
  ripen(now: number, watchers: number): boolean {
    const progressIsDue = this.pendingProgress !== undefined && now >= this.progressDueAt;
    const previewIsDue = this.pendingPreview !== undefined && now >= this.previewDueAt;
    if (progressIsDue) {
      this.ripenProgress();
      this.progressDueAt = now + this.pace.progressMs;
    }
    if (previewIsDue) this.ripenPreview(now, watchers);
    return progressIsDue || previewIsDue;
  }

  private ripenProgress(): void {
    if (this.pendingProgress === undefined) return;
    this.progress = next(this.progress, sseFrame('progress', this.pendingProgress));
    this.pendingProgress = undefined;
  }

  /** The more watchers there are, and the larger the pictures, the fewer they get. */
  private ripenPreview(now: number, watchers: number): void {
    if (this.pendingPreview === undefined) return;
    const frame = previewFrame(this.pendingPreview);
    const { previewMs, previewBytesPerS } = this.pace;
    const costMs = (1_000 * frame.length * watchers) / previewBytesPerS;
    this.preview = next(this.preview, frame);
    this.previewDueAt = now + Math.max(previewMs, costMs);
    this.pendingPreview = undefined;
  }

  /** A new attempt begins at nothing. */
  private forgetAttempt(): void {
    this.pendingProgress = undefined;
    this.pendingPreview = undefined;
    this.progress = next(this.progress, undefined);
    this.preview = next(this.preview, undefined);
  }
}

function next({ number }: Newest, frame: Buffer | undefined): Newest {
  return { number: number + 1, frame };
}

function statusFrame(status: JobStatus, position: number | undefined): Buffer {
  return sseFrame('status', { status, queue_position: position ?? null });
}

function previewFrame({ nodeId, contentType, image }: Preview): Buffer {
  return sseFrame('preview', {
    node_id: nodeId,
    content_type: contentType,
    data_base64: image.toString('base64'),
  });
}
