import type { Dispatcher } from 'undici';

/**
 * A dispatcher that is replaced after it has served many origins. undici keeps some 28 kB for every
 * origin that was asked through a forward proxy, for good, and clients choose the origins.
 */
export class RenewedDispatcher {
  private readonly origins = new Set<string>();
  /** Replaced ones finish what they have begun. */
  private readonly retired = new Set<Dispatcher>();
  private current: Dispatcher;

  constructor(
    private readonly create: () => Dispatcher,
    private readonly maxOrigins = 500,
  ) {
    this.current = create();
  }

  for(origin: string): Dispatcher {
    if (!this.origins.has(origin) && this.origins.size >= this.maxOrigins) this.renew();
    this.origins.add(origin);
    return this.current;
  }

  /** Ends every connection, requests under way included. There is no new one afterwards. */
  async destroy(): Promise<void> {
    await Promise.all([this.current, ...this.retired].map((dispatcher) => dispatcher.destroy()));
  }

  private renew(): void {
    const old = this.current;
    this.current = this.create();
    this.origins.clear();
    this.retired.add(old);
    old.close(() => this.retired.delete(old));
  }
}
