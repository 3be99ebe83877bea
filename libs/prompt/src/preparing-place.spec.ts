import { PreparingPlace } from './preparing-place';
import { Slots } from './slots';

describe('PreparingPlace', () => {
  const { signal } = new AbortController();
  let preparing: Slots;
  let fetching: Slots;

  beforeEach(() => {
    preparing = new Slots(1);
    fetching = new Slots(1);
  });

  async function place(): Promise<PreparingPlace> {
    return new PreparingPlace(await preparing.acquire(signal), { preparing, fetching });
  }

  it('is free for another job while its own does something slow', async () => {
    const mine = await place();
    await mine.aside(signal, async () => {
      expect([preparing.inUse, fetching.inUse]).toEqual([0, 1]);
      (await preparing.acquire(signal))();
    });
    expect([preparing.inUse, fetching.inUse]).toEqual([1, 0]);
    mine.leave();
    mine.leave();
    expect(preparing.inUse).toBe(0);
  });

  it('is kept when no place aside is left', async () => {
    const release = fetching.tryAcquire();
    const mine = await place();
    await mine.aside(signal, () => {
      expect(preparing.inUse).toBe(1);
      return Promise.resolve();
    });
    expect(preparing.inUse).toBe(1);
    release?.();
  });

  it('holds nothing after work that failed', async () => {
    const mine = await place();
    await expect(mine.aside(signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    mine.leave();
    expect([preparing.inUse, fetching.inUse]).toEqual([0, 0]);
  });
});
