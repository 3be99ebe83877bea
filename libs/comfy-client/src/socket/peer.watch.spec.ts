import type { Clock } from '@gateway/kernel';

import { PeerWatch } from './peer.watch';

describe('PeerWatch', () => {
  const peer = { ping: jest.fn(), dead: jest.fn() };
  let clock: HandClock;
  let watch: PeerWatch;

  beforeEach(() => {
    jest.clearAllMocks();
    clock = new HandClock();
    watch = new PeerWatch(clock, { pingIntervalMs: 15_000, deadAfterMs: 10_000 }, peer);
  });

  it('pings at every interval while the peer answers', () => {
    peer.ping.mockImplementation(() => clock.schedule(5, () => watch.heard()));
    clock.turn(60_000);
    expect(peer.ping.mock.calls.length).toBeGreaterThanOrEqual(3);
    expect(peer.dead).not.toHaveBeenCalled();
    peer.ping.mockReset();
  });

  it('gives a peer up that leaves a ping unanswered', () => {
    clock.turn(24_999);
    expect(peer.dead).not.toHaveBeenCalled();
    clock.turn(1);
    expect(peer.dead).toHaveBeenCalledWith(10_000);
  });

  it('does nothing more once it is stopped', () => {
    watch.stop();
    clock.turn(100_000);
    expect(peer.ping).not.toHaveBeenCalled();
  });
});

/** A clock whose hands are turned by the test. */
class HandClock implements Clock {
  private time = 0;
  private tasks: { readonly at: number; readonly task: () => void }[] = [];

  now(): number {
    return this.time;
  }

  schedule(delayMs: number, task: () => void): () => void {
    const entry = { at: this.time + delayMs, task };
    this.tasks.push(entry);
    return () => {
      this.tasks = this.tasks.filter((other) => other !== entry);
    };
  }

  turn(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.tasks.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.tasks = this.tasks.filter((other) => other !== next);
      this.time = next.at;
      next.task();
    }
    this.time = end;
  }
}
