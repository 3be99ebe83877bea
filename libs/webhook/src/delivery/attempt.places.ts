/** Gives a place back; safe to call twice. */
export type Release = () => void;

export interface PlaceLimits {
  readonly perOrigin: number;
  readonly inAll: number;
}

interface Origin {
  inUse: number;
  readonly waiting: Set<() => void>;
}

/**
 * Places for attempts, so many for each origin and so many in all. First come, first served within an
 * origin; origins take turns, so that one with thousands waiting holds up no other.
 */
export class AttemptPlaces {
  private readonly origins = new Map<string, Origin>();
  private free: number;

  constructor(private readonly limits: PlaceLimits) {
    this.free = limits.inAll;
  }

  get inUse(): number {
    return this.limits.inAll - this.free;
  }

  /** How many origins are remembered, for leak tests. */
  get knownOrigins(): number {
    return this.origins.size;
  }

  /** `undefined` when the signal aborts first. */
  async acquire(name: string, signal: AbortSignal): Promise<Release | undefined> {
    if (signal.aborted) return undefined;
    const origin = this.origins.get(name) ?? { inUse: 0, waiting: new Set() };
    this.origins.set(name, origin);
    if (this.hasRoom(origin) && origin.waiting.size === 0) this.take(origin);
    else if (!(await this.turn(name, origin, signal))) return undefined;
    return this.releaseOnce(name, origin);
  }

  private hasRoom(origin: Origin): boolean {
    return this.free > 0 && origin.inUse < this.limits.perOrigin;
  }

  private take(origin: Origin): void {
    origin.inUse += 1;
    this.free -= 1;
  }

  private turn(name: string, origin: Origin, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const takeOver = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(true);
      };
      const leave = (): void => {
        origin.waiting.delete(takeOver);
        this.forgetIfIdle(name, origin);
        resolve(false);
      };
      signal.addEventListener('abort', leave, { once: true });
      origin.waiting.add(takeOver);
    });
  }

  private releaseOnce(name: string, origin: Origin): Release {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      origin.inUse -= 1;
      this.free += 1;
      this.forgetIfIdle(name, origin);
      this.callNext();
    };
  }

  /** The map holds the origins in the order of their turns. */
  private callNext(): void {
    for (const [name, origin] of this.origins) {
      const [next] = origin.waiting;
      if (!next || !this.hasRoom(origin)) continue;
      origin.waiting.delete(next);
      this.take(origin);
      this.moveToTheEnd(name, origin);
      next();
      return;
    }
  }

  private moveToTheEnd(name: string, origin: Origin): void {
    this.origins.delete(name);
    this.origins.set(name, origin);
  }

  private forgetIfIdle(name: string, origin: Origin): void {
    if (origin.inUse === 0 && origin.waiting.size === 0) this.origins.delete(name);
  }
}
