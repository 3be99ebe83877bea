import type { RunTiming } from '@gateway/comfy-client';
import type { JobStats } from '@gateway/jobs';

/** Moments of a job by a monotonic clock, in milliseconds. */
export interface JobMoments {
  readonly acceptedAt: number;
  preparedFrom?: number;
  preparedAt?: number;
  submittedAt?: number;
  engineEndedAt?: number;
  finishedAt?: number;
}

export function statsOf(moments: JobMoments, timing: RunTiming, now: number): JobStats {
  const prepared = between(moments.preparedFrom, moments.preparedAt);
  return {
    comfy_execution: {
      start: timing.startedAt,
      end: timing.endedAt,
      duration: timing.endedAt - timing.startedAt,
      nodes: timing.nodes,
    },
    preprocess_time: prepared,
    queue_time: round(between(moments.acceptedAt, moments.submittedAt) - prepared),
    comfy_round_trip_time: between(moments.submittedAt, moments.engineEndedAt),
    postprocess_time: between(moments.engineEndedAt, moments.finishedAt),
    total_time: round(now - moments.acceptedAt),
  };
}

function between(from: number | undefined, to: number | undefined): number {
  return from === undefined || to === undefined ? 0 : round(to - from);
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
