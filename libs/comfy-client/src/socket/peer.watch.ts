import type { Clock } from '@gateway/kernel';

/** Pings a peer at intervals and reports it dead when a ping stays without any sign of life. */
export class PeerWatch {
  private unansweredSince: number | undefined;
  private cancelTick: () => void;

  constructor(
    private readonly clock: Clock,
    private readonly policy: { readonly pingIntervalMs: number; readonly deadAfterMs: number },
    private readonly peer: { ping(): void; dead(silentMs: number): void },
  ) {
    this.cancelTick = clock.schedule(policy.pingIntervalMs, () => this.tick());
  }

  /** Any frame counts, not only the pong. */
  heard(): void {
    this.unansweredSince = undefined;
  }

  stop(): void {
    this.cancelTick();
  }

  private tick(): void {
    const now = this.clock.now();
    const { pingIntervalMs, deadAfterMs } = this.policy;
    this.unansweredSince ??= this.startPing(now);
    const silentMs = now - this.unansweredSince;
    if (silentMs >= deadAfterMs) {
      this.peer.dead(silentMs);
      return;
    }
    const delayMs = Math.min(pingIntervalMs, deadAfterMs - silentMs);
    this.cancelTick = this.clock.schedule(delayMs, () => this.tick());
  }

  private startPing(now: number): number {
    this.peer.ping();
    return now;
  }
}
