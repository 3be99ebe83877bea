import type { ObjectInfo } from '@gateway/comfy-protocol';

/** What one engine offers now: its node classes, as of its last start or the last refresh. */
export class Catalogue {
  private known: ObjectInfo | undefined;
  private pending: Promise<ObjectInfo> | undefined;

  constructor(private readonly fetchObjectInfo: () => Promise<ObjectInfo>) {}

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
    return this.known;
  }

  /** What is known, or else what the engine answers. */
  async load(): Promise<ObjectInfo> {
    return this.known ?? (await this.refresh());
  }
}
