import type { ObjectInfo } from '@gateway/comfy-protocol';
import type { Clock } from '@gateway/kernel';

/** What one engine offers now: its node classes, as of its last start or the last refresh. */
export class Catalogue {
  private known: ObjectInfo | undefined;
  private knownSince = 0;
  private pending: Promise<ObjectInfo> | undefined;

  constructor(
    private readonly fetchObjectInfo: () => Promise<ObjectInfo>,
    private readonly clock: Clock,
  ) {}

  /** `undefined` until the engine was asked for the first time. */
  get objectInfo(): ObjectInfo | undefined {
    return this.known;
  }

  /** Asks the engine; callers that come meanwhile share the answer. */
  async refresh(): Promise<ObjectInfo> {
    this.pending ??= this.fetchObjectInfo().finally(() => {
      this.pending = undefined;
    });
    this.known = await this.pending;
    this.knownSince = this.clock.now();
    return this.known;
  }

  /** What is known if it was read in the last `maxAgeMs`, or else what the engine answers now. */
  async refreshIfOlderThan(maxAgeMs: number): Promise<ObjectInfo> {
    const isFresh = this.known && this.clock.now() - this.knownSince <= maxAgeMs;
    return isFresh && this.known ? this.known : await this.refresh();
  }

  /** What is known, or else what the engine answers. */
  async load(): Promise<ObjectInfo> {
    return this.known ?? (await this.refresh());
  }
}
