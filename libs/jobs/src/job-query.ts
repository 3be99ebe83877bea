import type { Job } from './job';
import type { JobQuery } from './job-store.port';

/** Whether a list with that query shows the job, its place aside. Nobody asked for a transient one. */
export function matches(
  { status, createdAt, request }: Job,
  { statuses, createdFrom, createdBefore, metadata = {} }: JobQuery,
): boolean {
  if (request.transient) return false;
  if (statuses && !statuses.includes(status)) return false;
  if (createdFrom !== undefined && createdAt < createdFrom) return false;
  if (createdBefore !== undefined && createdAt >= createdBefore) return false;
  return Object.entries(metadata).every(([key, text]) => request.metadata?.[key] === text);
}
