import type { Log } from '@gateway/kernel';

/** Hashes one blob; rejects when `signal` aborts. */
export type HashBlob = (blobId: string, signal: AbortSignal) => Promise<void>;

/** Hashes blobs in the background, one after the other. */
export class BlobHasher {
  private readonly waiting: string[] = [];
  private readonly stopping = new AbortController();
  private working: Promise<void> | undefined;

  constructor(
    private readonly hash: HashBlob,
    private readonly log: Log,
  ) {}

  add(...blobIds: readonly string[]): void {
    if (this.stopping.signal.aborted) return;
    this.waiting.push(...blobIds);
    if (this.waiting.length > 0) this.working ??= this.work();
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.working) await this.working;
  }

  /** Gives up what is under way; it is done in the next life. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.waiting.length = 0;
    await this.drain();
  }

  private async work(): Promise<void> {
    const { signal } = this.stopping;
    for (let id = this.waiting.shift(); id !== undefined; id = this.waiting.shift()) {
      try {
        await this.hash(id, signal);
      } catch (error) {
        if (!signal.aborted) this.log.warn({ err: error, blobId: id }, 'an asset was not hashed');
      }
    }
    // Nothing is awaited between the last look at the queue and this.
    this.working = undefined;
  }
}
