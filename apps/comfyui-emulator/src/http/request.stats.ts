/** How often each route was asked, for tests that count what a client costs. */
export class RequestStats {
  private readonly counts = new Map<string, number>();

  /** @param route method and path pattern, such as `GET /history/:promptId` */
  count(route: string): void {
    this.counts.set(route, (this.counts.get(route) ?? 0) + 1);
  }

  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counts);
  }

  reset(): void {
    this.counts.clear();
  }
}
