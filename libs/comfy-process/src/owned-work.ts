/** The owner of promises that nobody awaits at once: it keeps them, hears their failures, drains them. */
export class OwnedWork {
  private line: Promise<void> = Promise.resolve();
  private readonly aside = new Set<Promise<void>>();

  constructor(private readonly onFailure: (error: unknown) => void) {}

  /** Runs `job` when every earlier job of the line has ended. */
  inLine(job: () => Promise<void>): void {
    this.line = this.line.then(job).catch(this.onFailure);
  }

  /** Runs `job` now, beside the line. */
  now(job: () => Promise<void>): void {
    const running = job()
      .catch(this.onFailure)
      .finally(() => this.aside.delete(running));
    this.aside.add(running);
  }

  /** Resolves when nothing is left to do, jobs that came in the meantime included. */
  async drained(): Promise<void> {
    let line: Promise<void>;
    do {
      line = this.line;
      await Promise.all([line, ...this.aside]);
    } while (line !== this.line || this.aside.size > 0);
  }
}
