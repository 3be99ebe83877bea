import { answersWithin, type ReadinessProbe } from './readiness-probe.port';
import { FakeClock, settle } from '@gateway/testing';

describe('one question to an engine', () => {
  const never: ReadinessProbe = () => new Promise(() => undefined);
  const open = () => new AbortController().signal;

  it('has the answer of the probe, a failure counting as no', async () => {
    const ask = (probe: ReadinessProbe) => answersWithin(1_000, probe, new FakeClock(), open());
    expect(await ask(() => Promise.resolve(true))).toBe(true);
    expect(await ask(() => Promise.resolve(false))).toBe(false);
    expect(await ask(() => Promise.reject(new Error('refused')))).toBe(false);
  });

  it('ends with no when time is over, even if the probe ignores its signal', async () => {
    const clock = new FakeClock();
    const answer = answersWithin(1_000, never, clock, open());
    await clock.next();
    expect(clock.now()).toBe(1_000);
    expect(await answer).toBe(false);
  });

  it('ends with no when its phase ends, and tells the probe', async () => {
    const clock = new FakeClock();
    const phase = new AbortController();
    let told = false;
    const answer = answersWithin(
      1_000,
      (signal) => {
        signal.addEventListener('abort', () => (told = true));
        return never(signal);
      },
      clock,
      phase.signal,
    );
    phase.abort();
    expect(await answer).toBe(false);
    expect(told).toBe(true);
  });

  it('leaves no alarm behind', async () => {
    const clock = new FakeClock();
    await answersWithin(1_000, () => Promise.resolve(true), clock, open());
    await settle();
    expect(clock.pending).toBe(0);
  });
});
