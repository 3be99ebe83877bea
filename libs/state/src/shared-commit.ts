import type { StateDatabase } from './state.database';

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes of one turn of the event loop in one transaction. A commit costs more than what it commits,
 * so the more there is to write, the less each costs.
 */
export class SharedCommit {
  private waiting: Waiting[] = [];

  constructor(private readonly database: StateDatabase) {}

  /**
   * All of `work` or nothing of it, once it is committed. It must not wait, and must change nothing but
   * the database: it is done again, by itself, when something beside it cannot be written.
   *
   * @throws what `work` throws, and StateUnavailableError (`state.unavailable`).
   */
  write<Result>(work: () => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ work, resolve: resolve as Waiting['resolve'], reject });
      if (this.waiting.length === 1) setImmediate(() => this.commit());
    });
  }

  private commit(): void {
    const { waiting } = this;
    this.waiting = [];
    let results: readonly unknown[];
    try {
      results = this.database.transaction(() => waiting.map(({ work }) => work()));
    } catch {
      for (const each of waiting) this.commitAlone(each);
      return;
    }
    for (const [at, { resolve }] of waiting.entries()) resolve(results[at]);
  }

  private commitAlone({ work, resolve, reject }: Waiting): void {
    try {
      resolve(this.database.transaction(work));
    } catch (error) {
      reject(error);
    }
  }
}
