import { parseJson, stringifyJson, type JsonObject } from '@gateway/comfy-protocol';
import type { SqlValue } from '@gateway/state';

import { isTerminal, type Job, type JobRequest, type JobSummary } from '../job';

/** A job as its row has it. What never changes and can be large is elsewhere. */
export interface JobRow {
  readonly place: number;
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly created_at: number;
  readonly ended_at: number | null;
  readonly life: string;
  readonly priority: number | null;
  readonly metadata: string | null;
}

/** What a transition changes: version, status, end, and the rest as JSON. */
export function changingColumns(job: Job): readonly SqlValue[] {
  return [job.version, job.status, isTerminal(job) ? job.endedAt : null, lifeOf(job)];
}

/** What a list shows of a request, or asks for: transient or not, its priority, its notes. */
export function notedColumns({ transient, priority, metadata }: JobRequest): readonly SqlValue[] {
  return [transient ? 1 : 0, priority ?? null, metadata ? stringifyJson(metadata) : null];
}

export function summaryOf(row: JobRow): JobSummary {
  const { priority, metadata } = row;
  return jobOf(row, {
    ...(priority !== null && { priority }),
    ...(metadata !== null && { metadata: parseJson(metadata) as JsonObject }),
  });
}

/** @param request as it was written. */
export function wholeJobOf(row: JobRow, request: string): Job {
  return jobOf(row, parseJson(request) as unknown as JobRequest) as Job;
}

/** ComfyUI's seeds are beyond 2^53: the JSON is read as losslessly as it was written. */
function jobOf(
  { id, version, status, created_at, ended_at, life }: JobRow,
  request: JobSummary['request'],
): JobSummary {
  return {
    ...(parseJson(life) as object),
    id,
    version,
    status,
    createdAt: created_at,
    ...(ended_at !== null && { endedAt: ended_at }),
    request,
  } as unknown as JobSummary;
}

function lifeOf(job: Job): string {
  const life = Object.entries(job).filter(([key]) => !COLUMNS.has(key));
  return stringifyJson(Object.fromEntries(life));
}

/** What has a place of its own. */
const COLUMNS: ReadonlySet<string> = new Set([
  'id',
  'version',
  'status',
  'createdAt',
  'endedAt',
  'request',
]);
