import {
  isTerminal,
  type Job,
  type JobSummary,
  type LiveJob,
  type TerminalJob,
  withoutReport,
} from '../job';
import type {
  ExpendableJob,
  IdQuery,
  JobQuery,
  JobStore,
  ListedJob,
  Retained,
} from '../job-store.port';
import { JobConflictError, JobExistsError, JobNotFoundError } from '../jobs.errors';
import { matches } from '../job-query';

/** Jobs in this process's memory: gone with it. */
export class MemoryJobStore implements JobStore {
  private readonly live = new Map<string, LiveJob>();
  /** In the order of their endings. */
  private readonly ended = new Map<string, TerminalJob>();
  private readonly unsettled = new Set<string>();
  private readonly places = new Map<string, number>();
  private lastPlace = 0;

  insert(job: Job, alongside?: () => void): Promise<void> {
    return settle(() => {
      if (this.find(job.id)) throw new JobExistsError(job.id);
      alongside?.();
      this.lastPlace += 1;
      this.places.set(job.id, this.lastPlace);
      this.keep(job);
    });
  }

  get(id: string, endedFrom?: number): Promise<Job | undefined> {
    const job = this.find(id);
    return Promise.resolve(job && this.isForgotten(job, endedFrom) ? undefined : job);
  }

  summary(id: string, endedFrom?: number): Promise<JobSummary | undefined> {
    return this.get(id, endedFrom);
  }

  update(job: Job, settled?: 'settled'): Promise<void> {
    return settle(() => {
      const stored = this.find(job.id);
      if (!stored) throw new JobNotFoundError(job.id);
      if (stored.version !== job.version - 1) throw new JobConflictError(job.id, job.version - 1);
      this.keep(job);
      if (settled) this.forgetWork(job.id);
    });
  }

  note(job: LiveJob): Promise<void> {
    return this.update(job);
  }

  listLive(): Promise<readonly LiveJob[]> {
    return Promise.resolve([...this.live.values()]);
  }

  list(query: JobQuery): Promise<readonly ListedJob[]> {
    const found: ListedJob[] = [];
    for (const [id, place] of [...this.places].reverse()) {
      const job = this.find(id);
      if (query.after !== undefined && place >= query.after) continue;
      if (!job || this.isForgotten(job, query.endedFrom)) continue;
      if (matches(job, query)) found.push({ job, place });
      if (found.length === query.limit) break;
    }
    return Promise.resolve(found);
  }

  settle(id: string): Promise<void> {
    this.forgetWork(id);
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  listUnsettled(): Promise<readonly TerminalJob[]> {
    return Promise.resolve([...this.ended.values()].filter(({ id }) => this.unsettled.has(id)));
  }

  hasUnsettled({ beginningWith, among }: IdQuery): Promise<boolean> {
    const ids = [...this.live.keys(), ...this.unsettled];
    return Promise.resolve(ids.some((id) => id.startsWith(beginningWith) || among.includes(id)));
  }

  listExpendable(beyond: Retained, limit: number): Promise<readonly ExpendableJob[]> {
    const settled = [...this.ended.values()].filter(({ id }) => !this.unsettled.has(id));
    const expendable =
      'latest' in beyond
        ? settled.slice(0, Math.max(0, settled.length - beyond.latest))
        : settled.filter(({ endedAt }) => endedAt < beyond.endedFrom);
    return Promise.resolve(expendable.slice(0, limit).map(({ id, endedAt }) => ({ id, endedAt })));
  }

  remove(id: string): Promise<void> {
    if (this.ended.delete(id)) this.places.delete(id);
    return Promise.resolve();
  }

  private forgetWork(id: string): void {
    this.unsettled.delete(id);
    const job = this.ended.get(id);
    if (job) this.ended.set(id, withoutReport(job) as TerminalJob);
  }

  private isForgotten(job: Job, endedFrom = -Infinity): boolean {
    return isTerminal(job) && job.endedAt < endedFrom && !this.unsettled.has(job.id);
  }

  private find(id: string): Job | undefined {
    return this.live.get(id) ?? this.ended.get(id);
  }

  private keep(job: Job): void {
    if (!isTerminal(job)) {
      this.live.set(job.id, job);
      return;
    }
    this.live.delete(job.id);
    this.ended.set(job.id, job);
    this.unsettled.add(job.id);
  }
}

/** A synchronous decision as the asynchronous answer the port promises. */
function settle(decide: () => void): Promise<void> {
  return new Promise((resolve) => {
    decide();
    resolve();
  });
}
