import { Admission, type AdmissionLimits } from './admission';
import { QueueFullError } from './jobs.errors';

const MB = 2 ** 20;

function admission(limits: Partial<AdmissionLimits> = {}): Admission {
  return new Admission({ maxQueuedJobs: 0, maxQueuedBytes: 0, ...limits });
}

function enter(into: Admission, sizeBytes: number): void {
  into.check(sizeBytes);
  into.add(sizeBytes);
}

function refusalOf(of: Admission, sizeBytes = 1): QueueFullError {
  try {
    of.check(sizeBytes);
  } catch (error) {
    if (error instanceof QueueFullError) return error;
  }
  throw new Error('it was let in');
}

describe('Admission', () => {
  it('refuses the job after the last place, and lets one in when a place is free', () => {
    const limited = admission({ maxQueuedJobs: 2 });
    enter(limited, 1);
    enter(limited, 1);
    expect(refusalOf(limited)).toMatchObject({ code: 'queue.full', limit: '2 jobs' });
    limited.leave(1, 0);
    enter(limited, 1);
    expect(limited.queued).toBe(2);
  });

  it('refuses what would make the waiting bytes too many', () => {
    const limited = admission({ maxQueuedBytes: 3 * MB });
    enter(limited, 2 * MB);
    expect(refusalOf(limited, 2 * MB).limit).toBe('3 MB');
    enter(limited, MB);
    expect(limited.queued).toBe(2);
  });

  it('lets a job of any size in when nothing else waits: it would never fit otherwise', () => {
    const limited = admission({ maxQueuedBytes: MB });
    enter(limited, 5 * MB);
    expect(limited.queued).toBe(1);
    limited.leave(5 * MB, 0);
    enter(limited, MB);
    expect(limited.queued).toBe(1);
  });

  it('knows no limit where the limit is 0', () => {
    const unlimited = admission();
    for (let count = 0; count < 1000; count += 1) enter(unlimited, MB);
    expect(unlimited.queued).toBe(1000);
  });

  it('does not count what was refused', () => {
    const limited = admission({ maxQueuedJobs: 1 });
    enter(limited, 1);
    refusalOf(limited);
    expect(limited.queued).toBe(1);
  });

  it('does not ask a job again that was let in before', () => {
    const limited = admission({ maxQueuedJobs: 1 });
    enter(limited, 1);
    limited.add(1);
    expect(limited.queued).toBe(2);
  });

  it('tells a refused caller to come again after about the time a place takes to get free', () => {
    const limited = admission({ maxQueuedJobs: 40 });
    for (let count = 0; count < 40; count += 1) enter(limited, 1);
    expect(refusalOf(limited).retryAfterS).toBe(1);
    for (let count = 0; count < 39; count += 1) limited.leave(1, count * 8_000);
    for (let count = 0; count < 39; count += 1) enter(limited, 1);
    expect(refusalOf(limited).retryAfterS).toBe(8);
  });

  it('never tells anybody to come again later than in a minute', () => {
    const limited = admission({ maxQueuedJobs: 3 });
    for (let count = 0; count < 3; count += 1) enter(limited, 1);
    limited.leave(1, 0);
    limited.leave(1, 24 * 3_600_000);
    enter(limited, 1);
    enter(limited, 1);
    expect(refusalOf(limited).retryAfterS).toBe(60);
  });

  it('does not take the time in which nothing waited for the time a place takes', () => {
    const limited = admission({ maxQueuedJobs: 2 });
    enter(limited, 1);
    limited.leave(1, 0);
    enter(limited, 1);
    enter(limited, 1);
    limited.leave(1, 24 * 3_600_000);
    enter(limited, 1);
    expect(refusalOf(limited).retryAfterS).toBe(1);
  });
});
