import { posix } from 'node:path';

import type { Asset } from '@gateway/assets';
import { isTerminal, type JobSummary } from '@gateway/jobs';
import { finishedProgress, type Progress } from '@gateway/progress';
import type { JobUrls } from '@gateway/prompt';

import { urlExpiry } from '../assets/asset.body';
import type { JobBody, OutputBody } from './job.dto';
import { jobErrorBody } from './job-failure.body';

/** What is known of a job beside its record. */
export interface JobSurroundings {
  readonly outputs: readonly OutputBody[];
  readonly queuePosition: number | undefined;
  /** While an engine has it. */
  readonly progress: Progress | undefined;
  readonly urls: JobUrls;
  readonly now: number;
  /** How long an ended job stays; 0: without limit. */
  readonly retentionMs: number;
}

/** A job in the contract's words. */
export function jobBody(job: JobSummary, around: JobSurroundings): JobBody {
  const { metadata, priority } = job.request;
  const startedAt = startOf(job);
  const endedAt = endOf(job);
  return {
    id: job.id,
    status: job.status,
    created_at: iso(job.createdAt),
    started_at: isoOrNull(startedAt),
    completed_at: isoOrNull(endedAt),
    expires_at: iso(expiryOf(job, around)),
    queue_position: job.status === 'queued' ? (around.queuePosition ?? null) : null,
    progress:
      job.status === 'succeeded' ? finishedProgress(job.nodeCount ?? 0) : (around.progress ?? null),
    outputs: [...around.outputs],
    error: jobErrorBody(job),
    metrics: {
      queue_ms: between(job.createdAt, startedAt ?? endedAt),
      execution_ms: between(startedAt, endedAt),
    },
    urls: around.urls,
    ...(metadata && { metadata: metadata as Record<string, string> }),
    ...(priority !== undefined && { priority }),
  };
}

/** @param url where its bytes are. */
export function outputBody(asset: Asset, url: string, now: number): OutputBody {
  const { id, hash, sizeBytes, contentType, expiresAt, output } = asset;
  return {
    node_id: output?.nodeId ?? '',
    name: posix.basename(output?.name ?? asset.filePath ?? id),
    type: output?.type ?? 'file',
    content_type: contentType,
    size_bytes: sizeBytes,
    id,
    hash,
    url,
    url_expires_at: iso(urlExpiry(expiresAt, now)),
    job_id: output?.jobId ?? '',
  };
}

/** Of the latest attempt; one that waits in the engine's own queue has not started. */
function startOf(job: JobSummary): number | undefined {
  return job.attempts.at(-1)?.startedAt;
}

function endOf(job: JobSummary): number | undefined {
  return isTerminal(job) ? job.endedAt : undefined;
}

function expiryOf(job: JobSummary, { now, retentionMs }: JobSurroundings): number {
  return retentionMs === 0 ? NEVER : (endOf(job) ?? now) + retentionMs;
}

/** The last day that the contract's format can name. */
const NEVER = Date.UTC(9999, 11, 31);

function between(from: number | undefined, to: number | undefined): number | null {
  return from === undefined || to === undefined ? null : Math.max(0, Math.round(to - from));
}

function isoOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : iso(ms);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
