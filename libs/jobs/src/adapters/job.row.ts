import { parseJson, stringifyJson } from '@gateway/comfy-protocol';
import type { SqlValue } from '@gateway/state';

import { isTerminal, type Job } from '../job';

/** A job as its row has it. The request never changes, so that a transition need not write it. */
export interface JobRow {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly created_at: number;
  readonly ended_at: number | null;
  readonly request: string;
  readonly life: string;
}

/** What a transition changes: version, status, end, and the rest as JSON. */
export function changingColumns(job: Job): readonly SqlValue[] {
  return [job.version, job.status, isTerminal(job) ? job.endedAt : null, lifeOf(job)];
}

export function requestColumn(job: Job): string {
  return stringifyJson(job.request);
}

/** ComfyUI's seeds are beyond 2^53: the JSON is read as losslessly as it was written. */
export function jobOf({ id, version, status, created_at, ended_at, request, life }: JobRow): Job {
  return {
    ...(parseJson(life) as object),
    id,
    version,
    status,
    createdAt: created_at,
    ...(ended_at !== null && { endedAt: ended_at }),
    request: parseJson(request),
  } as unknown as Job;
}

function lifeOf(job: Job): string {
  const life = Object.entries(job).filter(([key]) => !COLUMNS.has(key));
  return stringifyJson(Object.fromEntries(life));
}

/** What has a column of its own. */
const COLUMNS: ReadonlySet<string> = new Set([
  'id',
  'version',
  'status',
  'createdAt',
  'endedAt',
  'request',
]);
