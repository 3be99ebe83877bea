import type { ProcessFamily } from './engine-spawner.port';
import { endFamily } from './family-ending';
import { FakeClock, settle } from '@gateway/testing';

/** A family that dies of one signal, some time after it came. */
class FakeFamily implements ProcessFamily {
  readonly received: NodeJS.Signals[] = [];
  private deathAt = Infinity;

  constructor(
    private readonly clock: FakeClock,
    private readonly diesOf: NodeJS.Signals | undefined,
    private readonly afterMs = 0,
  ) {}

  signal(signal: NodeJS.Signals): void {
    this.received.push(signal);
    if (signal === this.diesOf) this.deathAt = this.clock.now() + this.afterMs;
  }

  isAlive(): boolean {
    return this.clock.now() < this.deathAt;
  }
}

describe('the ending of a family', () => {
  const graces = { interruptGraceMs: 5_000, terminateGraceMs: 3_000 };
  const clock = () => new FakeClock();

  async function end(family: ProcessFamily, time: FakeClock) {
    const ending = endFamily(family, graces, time);
    await settle();
    while (time.pending > 0) await time.next();
    return { ending: await ending, tookMs: time.now() };
  }

  it('asks no further than SIGINT of one that heeds it, and waits no longer than it takes', async () => {
    const time = clock();
    const family = new FakeFamily(time, 'SIGINT', 1_600);
    const { ending, tookMs } = await end(family, time);
    expect(ending).toBe('gone');
    expect(family.received).toEqual(['SIGINT']);
    expect(tookMs).toBeGreaterThanOrEqual(1_600);
    expect(tookMs).toBeLessThanOrEqual(1_800);
  });

  it('goes on to SIGTERM when the first grace is over, then to SIGKILL', async () => {
    const time = clock();
    const family = new FakeFamily(time, 'SIGKILL');
    const { ending, tookMs } = await end(family, time);
    expect(ending).toBe('gone');
    expect(family.received).toEqual(['SIGINT', 'SIGTERM', 'SIGKILL']);
    expect(tookMs).toBe(8_000);
  });

  it('tells of one that survives SIGKILL, and ends itself', async () => {
    const time = clock();
    const { ending, tookMs } = await end(new FakeFamily(time, undefined), time);
    expect(ending).toBe('survived');
    expect(tookMs).toBe(18_000);
  });

  it('sends nothing to one that is gone', async () => {
    const time = clock();
    const family = new FakeFamily(time, undefined);
    family.isAlive = () => false;
    expect((await end(family, time)).ending).toBe('gone');
    expect(family.received).toEqual([]);
  });
});
