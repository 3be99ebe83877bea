import { isTerminal, type Job, type TerminalJob } from '../job';
import type { JobStore } from '../job-store.port';
import { JobConflictError, JobExistsError, JobNotFoundError } from '../jobs.errors';

/**
 * Jobs in this process's memory: gone with it.
 *
 * Ended jobs are retained up to a count, oldest leaving first, without their graphs: what a
 * finished job asked for is the bulk of its record and nobody asks for it again.
 */
export class MemoryJobStore implements JobStore {
  private readonly live = new Map<string, Job>();
  private readonly ended = new Map<string, TerminalJob>();

  constructor(private readonly options: { readonly retainEnded: number }) {}

  insert(job: Job): Promise<void> {
    return settle(() => {
      if (this.find(job.id)) throw new JobExistsError(job.id);
      this.keep(job);
    });
  }

  get(id: string): Promise<Job | undefined> {
    return Promise.resolve(this.find(id));
  }

  update(job: Job): Promise<void> {
    return settle(() => {
      const stored = this.find(job.id);
      if (!stored) throw new JobNotFoundError(job.id);
      if (stored.version !== job.version - 1) throw new JobConflictError(job.id, job.version - 1);
      this.keep(job);
    });
  }

  listLive(): Promise<readonly Job[]> {
    return Promise.resolve([...this.live.values()]);
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
    this.ended.set(job.id, { ...job, request: { prompt: {}, extraData: {}, sizeBytes: 0 } });
    this.forgetOldest();
  }

  private forgetOldest(): void {
    for (const id of this.ended.keys()) {
      if (this.ended.size <= this.options.retainEnded) return;
      this.ended.delete(id);
    }
  }
}

/** A synchronous decision as the asynchronous answer the port promises. */
function settle(decide: () => void): Promise<void> {
  return new Promise((resolve) => {
    decide();
    resolve();
  });
}
