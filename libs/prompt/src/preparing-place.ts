import type { Release, Slots } from './slots';

/** A job's place among those that are being prepared, or are prepared and wait for the engine. */
export class PreparingPlace {
  constructor(
    private release: Release,
    private readonly places: { readonly preparing: Slots; readonly fetching: Slots },
  ) {}

  /** Safe to call twice. */
  leave(): void {
    this.release();
  }

  /**
   * Does what may take minutes aside, so that others are prepared meanwhile; if all places aside are
   * taken, it does it here.
   */
  async aside<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { preparing, fetching } = this.places;
    const comeBack = fetching.tryAcquire();
    if (!comeBack) return work();
    this.release();
    try {
      const result = await work();
      this.release = await preparing.acquire(signal);
      return result;
    } finally {
      comeBack();
    }
  }
}
