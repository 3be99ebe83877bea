import { JOB_STATUSES, type Job, type JobStatus } from './job.view';

/** A checked query of `GET /api/jobs`. */
export interface JobQuery {
  /** Undefined takes every status. */
  readonly statuses: ReadonlySet<JobStatus> | undefined;
  readonly workflowId: string | undefined;
  readonly sortBy: 'created_at' | 'execution_duration';
  readonly ascending: boolean;
  readonly limit: number | undefined;
  readonly offset: number;
}

/** @returns the query, or a sentence that says what is wrong with it. */
export function parseJobQuery(params: URLSearchParams): JobQuery | string {
  const names = params
    .get('status')
    ?.split(',')
    .map((name) => name.trim().toLowerCase());
  const unknown = names?.filter((name) => !isStatus(name)) ?? [];
  if (unknown.length > 0) {
    return `Invalid status value(s): ${unknown.join(', ')}. Valid values: ${JOB_STATUSES.join(', ')}`;
  }
  const sortBy = params.get('sort_by') ?? 'created_at';
  if (sortBy !== 'created_at' && sortBy !== 'execution_duration') {
    return "sort_by must be 'created_at' or 'execution_duration'";
  }
  const order = params.get('sort_order') ?? 'desc';
  if (order !== 'asc' && order !== 'desc') return "sort_order must be 'asc' or 'desc'";
  const limit = integerOf(params.get('limit'));
  if (limit !== undefined && !(limit > 0)) return 'limit must be a positive integer';
  const offset = integerOf(params.get('offset')) ?? 0;
  if (Number.isNaN(offset)) return 'offset must be an integer';
  return {
    statuses: names && new Set(names.filter(isStatus)),
    workflowId: params.get('workflow_id') ?? undefined,
    sortBy,
    ascending: order === 'asc',
    limit,
    offset: Math.max(0, offset),
  };
}

/** One page of jobs, and what the answer says about paging. */
export function selectJobs(jobs: readonly Job[], query: JobQuery): object {
  const wanted = jobs
    .filter(({ status }) => query.statuses?.has(status) ?? true)
    .filter(({ workflow_id }) => query.workflowId === undefined || workflow_id === query.workflowId)
    .map((job) => ({ job, weight: weightOf(job, query.sortBy) }))
    .sort((one, other) => (query.ascending ? 1 : -1) * (one.weight - other.weight))
    .map(({ job }) => job);
  const end = query.offset + (query.limit ?? wanted.length);
  return {
    jobs: wanted.slice(query.offset, end),
    pagination: {
      offset: query.offset,
      limit: query.limit ?? null,
      total: wanted.length,
      has_more: end < wanted.length,
    },
  };
}

function weightOf(job: Job, sortBy: JobQuery['sortBy']): number {
  if (sortBy === 'created_at') return job.create_time ?? 0;
  return (job.execution_end_time ?? 0) - (job.execution_start_time ?? 0);
}

function isStatus(name: string): name is JobStatus {
  return (JOB_STATUSES as readonly string[]).includes(name);
}

function integerOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  return /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
}
