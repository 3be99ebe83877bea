/**
 * Whose prompt is whose: the engine's id of each attempt → the job. An ended attempt is remembered for
 * a while, because its last messages come after its ending.
 */
export class PromptIds {
  private readonly jobs = new Map<string, string>();
  private readonly ended: string[] = [];

  begin(promptId: string, jobId: string): void {
    this.jobs.set(promptId, jobId);
  }

  /** The engine minted an id of its own. */
  adopt(from: string, to: string): void {
    const jobId = this.jobs.get(from);
    this.jobs.delete(from);
    if (jobId !== undefined) this.jobs.set(to, jobId);
  }

  end(promptId: string): void {
    this.ended.push(promptId);
    const oldest = this.ended.length > REMEMBERED ? this.ended.shift() : undefined;
    if (oldest !== undefined) this.jobs.delete(oldest);
  }

  jobOf(promptId: string | undefined): string | undefined {
    return promptId === undefined ? undefined : this.jobs.get(promptId);
  }

  /** Attempts that are known; for leak tests. */
  get size(): number {
    return this.jobs.size;
  }
}

const REMEMBERED = 32;
