import { parseJobQuery, selectJobs } from './job.query';
import type { Job } from './job.view';

const job = (id: string, status: Job['status'], createTime: number): Job => ({
  id,
  status,
  priority: 0,
  outputs_count: 0,
  create_time: createTime,
});
const jobs = [job('a', 'completed', 1), job('b', 'failed', 3), job('c', 'pending', 2)];

function select(query: string): unknown {
  const parsed = parseJobQuery(new URLSearchParams(query));
  if (typeof parsed === 'string') return parsed;
  const { jobs: page } = selectJobs(jobs, parsed) as { jobs: readonly Job[] };
  return page.map(({ id }) => id);
}

describe('job query', () => {
  it.each([
    ['', ['b', 'c', 'a']],
    ['sort_order=asc', ['a', 'c', 'b']],
    ['status=pending,failed', ['b', 'c']],
    ['limit=1&offset=1', ['c']],
    ['offset=-5&limit=1', ['b']],
  ])('%s selects %j', (query, ids) => {
    expect(select(query)).toEqual(ids);
  });

  it.each([
    [
      'status=odd',
      'Invalid status value(s): odd. Valid values: pending, in_progress, completed, failed, cancelled',
    ],
    ['sort_by=name', "sort_by must be 'created_at' or 'execution_duration'"],
    ['limit=0', 'limit must be a positive integer'],
  ])('%s is refused: %s', (query, message) => {
    expect(select(query)).toBe(message);
  });
});
