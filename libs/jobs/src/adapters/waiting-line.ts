/**
 * Ids in order of arrival, each of which can leave from anywhere and can be told its place.
 *
 * A place is the number of those who came before and are still there. A Fenwick tree over the tickets
 * counts them in O(log n); tickets of those who left are given out anew when the line is rebuilt,
 * which is no more often than once per as many arrivals as it then holds.
 */
export class WaitingLine {
  private readonly tickets = new Map<string, number>();
  private ids: (string | undefined)[] = [];
  private counts = new Uint32Array(SMALLEST + 1);
  private head = 0;

  get size(): number {
    return this.tickets.size;
  }

  /** Goes to the end; who is in line already keeps the place. */
  add(id: string): void {
    if (this.tickets.has(id)) return;
    if (this.ids.length === this.counts.length - 1) this.rebuild();
    this.issue(id);
  }

  /** `false`: it was not in line. */
  delete(id: string): boolean {
    const ticket = this.tickets.get(id);
    if (ticket === undefined) return false;
    this.tickets.delete(id);
    this.ids[ticket] = undefined;
    this.count(ticket, -1);
    return true;
  }

  first(): string | undefined {
    while (this.head < this.ids.length && this.ids[this.head] === undefined) this.head += 1;
    return this.ids[this.head];
  }

  /** How many are before it; `undefined`: it is not in line. */
  placeOf(id: string): number | undefined {
    const ticket = this.tickets.get(id);
    if (ticket === undefined) return undefined;
    let before = 0;
    for (let at = ticket; at > 0; at -= at & -at) before += this.counts[at] ?? 0;
    return before;
  }

  private issue(id: string): void {
    const ticket = this.ids.push(id) - 1;
    this.tickets.set(id, ticket);
    this.count(ticket, 1);
  }

  private count(ticket: number, change: number): void {
    const { counts } = this;
    for (let at = ticket + 1; at < counts.length; at += at & -at) {
      counts[at] = (counts[at] ?? 0) + change;
    }
  }

  private rebuild(): void {
    const present = this.ids.filter((id) => id !== undefined);
    this.ids = [];
    this.head = 0;
    this.counts = new Uint32Array(Math.max(SMALLEST, 2 * present.length) + 1);
    for (const id of present) this.issue(id);
  }
}

const SMALLEST = 64;
