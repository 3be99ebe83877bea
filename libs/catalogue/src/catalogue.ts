import type { ObjectInfo } from '@gateway/comfy-protocol';
import type { Clock } from '@gateway/kernel';

/** What one engine offers now: its node classes, as of its last start or the last refresh. */
export class Catalogue {
  private known: ObjectInfo | undefined;
  /** When the engine was asked for what is known. */
  private knownAsOf = -Infinity;
  private askedAt = -Infinity;
  private waiting = 0;
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
  refresh(): Promise<ObjectInfo> {
    this.pending ??= this.ask().finally(() => {
      this.pending = undefined;
    });
    return this.pending;
  }

  /**
   * What the engine answers when it is asked from now on. It is asked once in `everyMs` at most: whoever
   * comes too soon waits, and all who wait share the answer. When too many wait, what is known must do.
   */
  async asOfNow(everyMs: number): Promise<ObjectInfo> {
    const moment = this.clock.now();
    while (!this.known || this.knownAsOf < moment) {
      const waitMs = this.askedAt + everyMs - this.clock.now();
      if (this.pending || waitMs <= 0) await this.refresh();
      else if (this.known && this.waiting >= MAX_WAITING) break;
      else await this.turn(waitMs);
    }
    return this.known;
  }

  /** What is known, or else what the engine answers. */
  async load(): Promise<ObjectInfo> {
    return this.known ?? (await this.refresh());
  }

  private async ask(): Promise<ObjectInfo> {
    const askedAt = this.clock.now();
    this.askedAt = askedAt;
    this.known = await this.fetchObjectInfo();
    this.knownAsOf = askedAt;
    return this.known;
  }

  private async turn(waitMs: number): Promise<void> {
    this.waiting += 1;
    try {
      await new Promise<void>((resolve) => this.clock.schedule(waitMs, resolve));
    } finally {
      this.waiting -= 1;
    }
  }
}

/** Each holds on to a request and its body. */
const MAX_WAITING = 32;
