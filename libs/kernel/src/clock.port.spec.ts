import { systemClock } from './clock.port';

describe('the system clock', () => {
  it('tells milliseconds since the epoch', () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('calls a task once, and not before its time', async () => {
    const from = performance.now();
    const calls: number[] = [];
    await new Promise<void>((resolve) => {
      systemClock.schedule(10, () => {
        calls.push(performance.now() - from);
        setTimeout(resolve, 30);
      });
    });
    expect(calls).toHaveLength(1);
    expect(calls[0]).toBeGreaterThan(8);
  });

  it('does not call a task that was cancelled, however often', async () => {
    let called = false;
    const cancel = systemClock.schedule(1, () => {
      called = true;
    });
    cancel();
    cancel();
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(called).toBe(false);
  });
});
